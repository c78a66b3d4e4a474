{#- Keys and attributes that define a level of the hierarchy, each once, in the order of first use. -#}
{% macro hierarchy_columns() -%}
{%- set names = [] -%}
{%- for level_columns in var('hierarchy') -%}
{%- for name in level_columns if name not in names -%}
{%- do names.append(name) -%}
{%- endfor -%}
{%- endfor -%}
{{ return(names) }}
{%- endmacro %}
