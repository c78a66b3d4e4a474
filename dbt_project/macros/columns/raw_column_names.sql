{#- The columns that the raw snapshots of an entity have; empty while dbt only parses. -#}
{% macro raw_column_names(source_name, entity) -%}
{%- if execute -%}
{%- set described = run_query('describe select * from ' ~ source(source_name, entity)) -%}
{{ return(described.columns[0].values() | list) }}
{%- else -%}
{{ return([]) }}
{%- endif -%}
{%- endmacro %}
