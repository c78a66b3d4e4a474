{%- set binary_drivers = feature_drivers('binary') -%}
{%- set known_then = var('as_known_then') -%}
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
        and period_index >= (select needed_range.first_index from needed_range)
        and period_index <= (select needed_range.live_index from needed_range)
        and {{ feature_known_index('known_at') }} <= period_index

),

{% endif -%}
{% if known_then -%}
versions as (

    select * from {{ ref('feature_versions') }}
    where {{ feature_batch('series_number') }}

),

histories as (

    select
        history_number,
        series_number,
        last_cutoff_index,
        greatest(first_index, (select needed_range.first_index from needed_range)) as first_index
    from {{ ref('feature_known_histories') }}
    where {{ feature_batch('series_number') }} and first_index <= last_cutoff_index

),

in_its_turn as (

    select observations.*
    from observations
    anti join versions
        on
            observations.series_number = versions.series_number
            and observations.period_index = versions.period_index

),

-- Every observation in the version that was known at the cutoffs of the history.
known as (

    select
        histories.history_number,
        in_its_turn.period_index,
        case when not in_its_turn.is_stockout and not in_its_turn.is_imputed then in_its_turn.y end as demand
    from in_its_turn
    inner join histories on in_its_turn.series_number = histories.series_number
    where in_its_turn.period_index between histories.first_index and histories.last_cutoff_index
    union all
    select
        histories.history_number,
        versions.period_index,
        case when not versions.is_stockout and not versions.is_imputed then versions.y end as demand
    from versions
    inner join histories on versions.series_number = histories.series_number
    where
        versions.period_index between histories.first_index and histories.last_cutoff_index
        and versions.known_index <= histories.last_cutoff_index
        and (versions.superseded_index is null or versions.superseded_index > histories.last_cutoff_index)

),

every_position as (

    select
        histories.history_number,
        unnest(range(histories.first_index, histories.last_cutoff_index + 1)) as period_index
    from histories

),

every_period as (

    select
        every_position.history_number,
        known.demand,
        cast(every_position.period_index as integer) as period_index
    from every_position
    left join known
        on
            every_position.history_number = known.history_number
            and every_position.period_index = known.period_index

)

{% else -%}
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

{% endif -%}
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
    {{ feature_series_of('every_period.history_number') }} = drivers.series_number
    and every_period.period_index = drivers.period_index
{%- endif %}
