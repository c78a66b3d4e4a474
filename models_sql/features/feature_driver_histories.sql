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
        {{ feature_driver_state() }} as driver_state
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
                {%- for driver in feature_drivers() %}
                '{{ driver }}': drivers.{{ adapter.quote(driver) }},
                {%- endfor %}
                'period_index': drivers.period_index,
                'driver_state': drivers.driver_state
            }
            order by drivers.period_index
        ) as plans
    from drivers
    group by drivers.series_number

),

with_periods as (

    select
        listed.*,
        list_transform(listed.plans, lambda plan: plan.period_index) as periods
    from listed

),

-- A period without a row is null, so that the place in the list is the period.
gapless as (

    select
        with_periods.series_number,
        with_periods.first_index,
        case
            when len(with_periods.plans) = with_periods.last_index - with_periods.first_index + 1
                then with_periods.plans
            else list_transform(
                range(with_periods.first_index, with_periods.last_index + 1),
                lambda period_number: with_periods.plans[list_position(with_periods.periods, period_number)]
            )
        end as plans
    from with_periods

),

-- A run is a stretch of periods in which a driver does not change.
with_changes as (

    select
        gapless.*
        {%- for driver in binary %},
        {%- set value = '.' ~ adapter.quote(driver) %}
        list_filter(
            range(1, len(gapless.plans) + 1),
            lambda place: place = 1
            or gapless.plans[place]{{ value }} is distinct from gapless.plans[place - 1]{{ value }}
        ) as {{ adapter.quote(driver ~ '_changes') }}
        {%- endfor %}
    from gapless

)

select
    series_number,
    first_index,
    plans
    {%- for driver in binary %},
    {%- set changes = adapter.quote(driver ~ '_changes') %}
    flatten(
        list_transform(
            range(1, len({{ changes }}) + 1),
            lambda run: repeat(
                [{{ changes }}[run]], coalesce({{ changes }}[run + 1], len(plans) + 1) - {{ changes }}[run]
            )
        )
    ) as {{ adapter.quote(driver ~ '_run_starts') }},
    flatten(
        list_transform(
            range(1, len({{ changes }}) + 1),
            lambda run: repeat(
                [coalesce({{ changes }}[run + 1], len(plans) + 1) - 1],
                coalesce({{ changes }}[run + 1], len(plans) + 1) - {{ changes }}[run]
            )
        )
    ) as {{ adapter.quote(driver ~ '_run_ends') }}
    {%- endfor %}
from with_changes
