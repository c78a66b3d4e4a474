{#- The product's drivers that a tidy entity delivers: list of {name, column, kind}. -#}
{% macro tidy_drivers(entity) -%}
{%- set tidy = var('tidy') -%}
{%- set found = [] -%}
{%- if tidy.get('driver_entity', 'observations') == entity -%}
{%- for name in var('driver_slots') -%}
{%- if name in tidy.get('drivers', {}) -%}
{%- do found.append({'name': name, 'column': tidy['drivers'][name], 'kind': var('driver_kinds')[loop.index0]}) -%}
{%- endif -%}
{%- endfor -%}
{%- endif -%}
{{ return(found) }}
{%- endmacro %}
