{%- set unit_value = var('unit_value') -%}
{%- if unit_value and unit_value in var('driver_slots') -%}
with

drivers as (

    select
        unique_id,
        ds,
        {{ adapter.quote(unit_value) }} as unit_value
    from {{ ref('fct_drivers') }}
    where {{ adapter.quote(unit_value) }} is not null

),

changes as (

    select
        drivers.unique_id,
        drivers.ds,
        drivers.unit_value,
        lag(drivers.unit_value) over (partition by drivers.unique_id order by drivers.ds) as earlier_value
    from drivers

)

select
    unique_id,
    ds as valid_from,
    unit_value
from changes
where earlier_value is null or unit_value <> earlier_value
{%- elif unit_value %}
with

series as (

    select
        unique_id,
        try_cast({{ adapter.quote(unit_value) }} as double) as unit_value
    from {{ ref('dim_series') }}

)

select
    unique_id,
    unit_value,
    cast('1000-01-01' as {{ var('ds_type') }}) as valid_from
from series
where unit_value is not null
{%- else %}
-- The product names no value of a unit: errors are told in units only.
with

series as (

    select unique_id
    from {{ ref('dim_series') }}

)

select
    unique_id,
    cast(null as {{ var('ds_type') }}) as valid_from,
    cast(null as double) as unit_value
from series
where false
{%- endif %}
