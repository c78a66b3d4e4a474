{#- The product's keys as columns of one relation of the user's own data: {key: column}. -#}
{% macro tidy_keys(relation) -%}
{%- set columns = {} -%}
{%- for key in var('keys') -%}
{%- do columns.update({key: relation ~ '.' ~ adapter.quote(key)}) -%}
{%- endfor -%}
{{ return(columns) }}
{%- endmacro %}
