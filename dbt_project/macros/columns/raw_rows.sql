{#-
    The raw rows in force at as_of, with their delivery columns.
    full: only the last delivery; incremental: every delivery (the later row of a business key wins when judged).
-#}
{% macro raw_rows(source_name, entity) -%}
{%- set as_of = "timestamp '" ~ var('as_of') ~ "'" -%}
select *
from {{ source(source_name, entity) }}
where
    _as_of <= {{ as_of }}
{%- if var('entity_modes').get(entity, 'full') == 'full' %}
    and _as_of = (select max(_as_of) from {{ source(source_name, entity) }} where _as_of <= {{ as_of }})
{%- endif %}
{%- endmacro %}
