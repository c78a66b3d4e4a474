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

attributes as (

    select *
    from {{ ref('dim_series_history') }}

),

attributes_in_force as (

    select
        unique_id,
        version
    from {{ ref('int_series_attributes') }}

),

segments as (

    select
        unique_id,
        null as version,
        'overall' as segment_name,
        'all' as segment_value
    from bottom_series
    union all
    select
        unique_id,
        null as version,
        'level' as segment_name,
        level as segment_value
    from series
    {%- for column in ['demand_class', 'status'] %}
    union all
    select
        unique_id,
        null as version,
        '{{ column }}' as segment_name,
        {{ column }} as segment_value
    from bottom_series
    {%- endfor %}
    {%- for slot in key_slots %}
    union all
    select
        unique_id,
        null as version,
        '{{ slot }}' as segment_name,
        {{ adapter.quote(slot) }} as segment_value
    from bottom_series
    {%- endfor %}
    {%- for slot in attribute_slots %}
    union all
    select
        unique_id,
        version,
        '{{ slot }}' as segment_name,
        cast({{ adapter.quote(slot) }} as varchar) as segment_value
    from attributes
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
    cast(segments.version as integer) as attributes_version,
    segments.segment_name,
    segments.segment_value,
    segments.version is null or attributes_in_force.version is not null as is_in_force
from segments
inner join few_values on segments.segment_name = few_values.segment_name
left join attributes_in_force
    on
        segments.unique_id = attributes_in_force.unique_id
        and segments.version = attributes_in_force.version
where segments.segment_value is not null
