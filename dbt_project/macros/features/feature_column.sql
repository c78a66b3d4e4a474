{#- A column of one of the tables that `features` joins, or null where the product does not use it. -#}
{%- macro feature_column(name, table_name='targets') -%}
    {%- if name in feature_unused_columns() -%}
        cast(null as float) as {{ adapter.quote(name) }}
    {%- else -%}
        {{ table_name }}.{{ adapter.quote(name) }}
    {%- endif -%}
{%- endmacro -%}
