{#- The canonical drivers of a source system that has none: the right columns and no rows. -#}
{% macro no_drivers() -%}
select
{%- for slot in range(4) %}
    cast(null as varchar) as key_{{ slot + 1 }},
{%- endfor %}
    cast(null as {{ var('ds_type') }}) as ds,
    {{ slot_columns(var('driver_slots'), {}, 'double') }},
    cast(null as timestamp) as known_at
where false
{%- endmacro %}
