{%- set key_slots = var('key_slots') -%}
{%- set attribute_slots = var('attribute_slots') -%}
with

series as (

    select *
    from {{ ref('dim_series') }}

),

bottom_series as (

    select *
    from series
    where level = 'bottom'

),

segments as (

    select
        unique_id,
        'overall' as segment_name,
        'all' as segment_value
    from bottom_series
    union all
    select
        unique_id,
        'level' as segment_name,
        level as segment_value
    from series
    {%- for column in ['demand_class', 'status'] %}
    union all
    select
        unique_id,
        '{{ column }}' as segment_name,
        {{ column }} as segment_value
    from bottom_series
    {%- endfor %}
    {%- for slot in key_slots + attribute_slots %}
    union all
    select
        unique_id,
        '{{ slot }}' as segment_name,
        cast({{ adapter.quote(slot) }} as varchar) as segment_value
    from bottom_series
    {%- endfor %}

),

-- A segment per series would be no segment: keys and numbers with many values are left out.
few_values as (

    select segments.segment_name
    from segments
    group by segments.segment_name
    having count(distinct segments.segment_value) between 1 and 200

)

select
    segments.unique_id,
    segments.segment_name,
    segments.segment_value
from segments
inner join few_values on segments.segment_name = few_values.segment_name
where segments.segment_value is not null
