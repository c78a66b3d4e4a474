{#- A column of one of the tables that `features` joins, or null where the product does not use it
    (`feature_unused_columns`). -#}
{%- macro feature_column(name, unused, table_name='targets') -%}
{%- if name in unused -%}
cast(null as float) as {{ adapter.quote(name) }}
{%- else -%}
{{ table_name }}.{{ adapter.quote(name) }}
{%- endif -%}
{%- endmacro -%}
