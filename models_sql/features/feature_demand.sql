{%- set binary_drivers = feature_drivers('binary') -%}
{%- set state = 'coalesce(drivers.driver_state, plans.missing_driver_state)' if binary_drivers else '0' -%}
with

observations as (

    select
        series_number,
        period_index,
        y,
        is_stockout,
        is_imputed
    from {{ ref('fct_observations') }}
    where {{ feature_batch('series_number') }}

),

needed_range as (

    select
        min(cutoffs.cutoff_index) - {{ feature_lookback() }} as first_index,
        max(cutoffs.cutoff_index) as live_index
    from {{ ref('feature_cutoffs') }} as cutoffs

),

series as (

    select
        series_number,
        last_index
    from {{ ref('feature_series') }}
    where {{ feature_batch('series_number') }}

),

known as (

    select
        observations.series_number as history_number,
        observations.period_index,
        -- What was sold while the shelf was empty says nothing about demand: unknown, not low. Nor does an imputed
        -- value.
        case when not observations.is_stockout and not observations.is_imputed then observations.y end as demand
    from observations
    where
        observations.period_index >= (select needed_range.first_index from needed_range)
        and observations.period_index <= (select needed_range.live_index from needed_range)

),

-- A series that ended early still has a position at every later cutoff: with periods in which nothing is known.
after_the_end as (

    select
        series.series_number as history_number,
        unnest(
            range(greatest(series.last_index + 1, needed_range.first_index), needed_range.live_index + 1)
        ) as period_index
    from series
    cross join needed_range
    where series.last_index < needed_range.live_index

),

{% if binary_drivers -%}
plans as (

    select missing_driver_state
    from {{ ref('feature_plans') }}

),

drivers as (

    select
        series_number,
        period_index,
        {{ feature_driver_state() }} as driver_state
    from {{ ref('fct_drivers') }}
    -- What was recorded after its period had ended was not known at the cutoffs that follow it.
    where
        {{ feature_batch('series_number') }}
        and {{ feature_known_index('known_at') }} <= period_index

),

{% endif -%}
every_period as (

    select
        known.history_number,
        known.period_index,
        known.demand
    from known
    union all
    select
        after_the_end.history_number,
        cast(after_the_end.period_index as integer) as period_index,
        cast(null as double) as demand
    from after_the_end

)

select
    every_period.history_number,
    every_period.period_index,
    every_period.demand,
    {{ feature_cell('every_period.period_index', state) }} as cell
from
    every_period
{%- if binary_drivers %}
cross join plans
left join drivers
on
    every_period.history_number = drivers.series_number
    and every_period.period_index = drivers.period_index
{%- endif %}
