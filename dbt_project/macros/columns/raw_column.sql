{#- A delivered column by its own name, which may hold any character, as a column of relation `source`. -#}
{% macro raw_column(name) -%}
source."{{ name | replace('"', '""') }}"
{%- endmacro %}
