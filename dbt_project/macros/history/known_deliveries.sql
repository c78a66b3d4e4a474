{#- How many changes an incremental model has written down, and which delivery made the last one. -#}
{% macro known_deliveries(changes) -%}
{%- if execute and is_incremental() -%}
{%- set row = run_query('select count(*), max(delivered_at) from ' ~ changes).rows[0] -%}
{{ return({'n': row[0] | int, 'last': row[1]}) }}
{%- endif -%}
{{ return({'n': 0, 'last': none}) }}
{%- endmacro %}
