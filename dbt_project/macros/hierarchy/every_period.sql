{#- The bounds of a batch that holds every period; `duckdb__create_table_as` puts those of each batch in their place.
    -#}
{%- macro every_period() -%}
-2147483647 and 2147483647
{%- endmacro -%}
