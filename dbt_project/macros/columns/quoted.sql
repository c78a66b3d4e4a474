{#- A list of names as quoted column names, each with a prefix. -#}
{% macro quoted(names, prefix='') -%}
{%- set columns = [] -%}
{%- for name in names -%}
{%- do columns.append(adapter.quote(prefix ~ name)) -%}
{%- endfor -%}
{{ return(columns) }}
{%- endmacro %}
