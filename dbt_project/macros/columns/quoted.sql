{#- A list of names as quoted column names, each with a prefix, of one relation if it is named. -#}
{% macro quoted(names, prefix='', relation=none) -%}
{%- set columns = [] -%}
{%- for name in names -%}
{%- do columns.append((relation ~ '.' if relation else '') ~ '"' ~ (prefix ~ name) | replace('"', '""') ~ '"') -%}
{%- endfor -%}
{{ return(columns) }}
{%- endmacro %}
