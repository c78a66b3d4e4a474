{#- When the last delivery of any of the entities arrived, of those in force at as_of. -#}
{% macro last_delivery(entities) -%}
select max(deliveries.delivered_at) as delivered_at
from (
{%- for entity in entities %}
    select max(_as_of) as delivered_at
    from {{ source(var('source_system'), entity) }}
    where _as_of <= timestamp '{{ var('as_of') }}'
    {{ 'union all' if not loop.last }}
{%- endfor %}
) as deliveries
{%- endmacro %}
