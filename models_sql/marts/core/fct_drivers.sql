{%- set used_slots = used_driver_slots() -%}
with

-- Without the slots that the product does not use: joining and writing sixteen columns of 60 million rows takes twice
-- the time of three.
drivers as (

    select
        key_1,
        key_2,
        key_3,
        key_4,
        ds,
        {%- for slot in used_slots %}
        {{ adapter.quote(slot) }},
        {%- endfor %}
        known_at
    from {{ canonical('drivers') }}

),

series as (

    select * from {{ ref('int_series') }}

),

lives as (

    select * from {{ ref('int_series_lives') }}

),

forecast_range as (

    select {{ live_cutoff_index(ref('int_observations_conformed')) }} + {{ var('horizon') }} as last_period

),

keys_of_the_drivers as (

    select distinct
        key_1,
        key_2,
        key_3,
        key_4
    from drivers

),

-- A driver that leaves keys empty holds for every series that shares the others.
members as (

    {{ series_sharing_the_named_keys('keys_of_the_drivers', 'series') }}

),

drivers_of_every_series as (

    select
        members.unique_id,
        members.series_number,
        {{ period_index('drivers.ds') }} as period_index,
        {%- for slot in used_slots %}
        drivers.{{ adapter.quote(slot) }},
        {%- endfor %}
        drivers.known_at
    from drivers
    inner join members
        on
            drivers.key_1 is not distinct from members.key_1
            and drivers.key_2 is not distinct from members.key_2
            and drivers.key_3 is not distinct from members.key_3
            and drivers.key_4 is not distinct from members.key_4

)

select
    drivers_of_every_series.unique_id,
    drivers_of_every_series.series_number,
    {{ period_from_index('drivers_of_every_series.period_index') }} as ds,
    drivers_of_every_series.period_index,
    {%- for slot in var('driver_slots') %}
    {{ 'drivers_of_every_series.' ~ adapter.quote(slot) if slot in used_slots else 'cast(null as double)' }}
        as {{ adapter.quote(slot) }},
    {%- endfor %}
    drivers_of_every_series.known_at
from drivers_of_every_series
inner join lives on drivers_of_every_series.series_number = lives.series_number
cross join forecast_range
where drivers_of_every_series.period_index between lives.first_period and forecast_range.last_period
