{%- set binary = feature_drivers('binary') -%}
with

target_range as (

    select
        min(cutoffs.cutoff_index) + 1 as first_index,
        max(cutoffs.cutoff_index) + {{ var('horizon') }} as last_index
    from {{ ref('feature_cutoffs') }} as cutoffs

),

drivers as (

    select
        series_number,
        period_index,
        {%- for driver in feature_drivers() %}
        cast({{ adapter.quote(driver) }} as float) as {{ adapter.quote(driver) }},
        {%- endfor %}
        {{ feature_driver_state() }} as driver_state,
        {{ feature_known_index('known_at') }} as known_index
    from {{ ref('fct_drivers') }}
    -- A run is counted up to 60 periods back.
    where
        period_index >= (select target_range.first_index - 60 from target_range)
        and period_index <= (select target_range.last_index from target_range)

),

listed as (

    select
        drivers.series_number,
        min(drivers.period_index) as first_index,
        max(drivers.period_index) as last_index,
        list(
            {
                'period_index': drivers.period_index,
                {%- for driver in feature_drivers() %}
                '{{ driver }}': drivers.{{ adapter.quote(driver) }},
                {%- endfor %}
                'driver_state': drivers.driver_state,
                'known_index': drivers.known_index
            }
        ) as planned_rows
    from drivers
    group by drivers.series_number

),

-- Rows come in the order in which drivers were joined to series; the period is the first field of each.
in_order as (

    select
        listed.series_number,
        listed.first_index,
        listed.last_index,
        list_sort(listed.planned_rows) as planned_rows
    from listed

),

with_gaps as (

    select
        *,
        case
            when len(planned_rows) <= last_index - first_index
                then list_transform(planned_rows, lambda planned: struct_extract(planned, 'period_index'))
        end as periods
    from in_order

),

-- A period without a row is null, so that the place in the list is the period.
gapless as (

    select
        series_number,
        first_index,
        case
            when periods is null then planned_rows
            else list_transform(
                range(first_index, last_index + 1),
                lambda period_number: planned_rows[list_position(periods, period_number)]
            )
        end as planned_rows
    from with_gaps

),

-- A run is a stretch of periods in which a driver does not change.
with_changes as (

    select
        {%- for driver in binary %}
        list_filter(
            range(1, len(planned_rows) + 1),
            lambda place:
            place = 1
            or struct_extract(planned_rows[place], '{{ driver }}')
            is distinct from struct_extract(planned_rows[place - 1], '{{ driver }}')
        ) as {{ adapter.quote(driver ~ '_changes') }},
        {%- endfor %}
        list_transform(planned_rows, lambda planned: struct_extract(planned, 'known_index')) as known_indexes,
        *
    from gapless

)

-- What bounds a run belongs to it: it is known when its days and the days next to it are.
select
    series_number,
    first_index,
    {%- for driver in binary %}
    {%- set changes = adapter.quote(driver ~ '_changes') %}
    {%- set next_change = 'coalesce(' ~ changes ~ '[run + 1], len(planned_rows) + 1)' %}
    list_transform(
        range(1, len({{ changes }}) + 1),
        lambda run: {
            'first_place': {{ changes }}[run],
            'last_place': {{ next_change }} - 1,
            'known_index': list_max(known_indexes[greatest({{ changes }}[run] - 1, 1):{{ next_change }}])
        }
    ) as {{ adapter.quote(driver ~ '_runs') }},
    flatten(
        list_transform(
            range(1, len({{ changes }}) + 1),
            lambda run: repeat([run], {{ next_change }} - {{ changes }}[run])
        )
    ) as {{ adapter.quote(driver ~ '_run_numbers') }},
    {%- endfor %}
    planned_rows
from with_changes
