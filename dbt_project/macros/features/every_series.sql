{#- The bounds of a batch that holds every series; `duckdb__create_table_as` puts those of each batch in their place.
    -#}
{%- macro every_series() -%}
1 and 2147483647
{%- endmacro -%}
