{#- A list of names as quoted column names, each with a prefix, of one relation if it is named. -#}
{% macro quoted(names, prefix='', relation=none) -%}
{%- set columns = [] -%}
{%- for name in names -%}
{%- do columns.append((relation ~ '.' if relation else '') ~ adapter.quote(prefix ~ name)) -%}
{%- endfor -%}
{{ return(columns) }}
{%- endmacro %}
