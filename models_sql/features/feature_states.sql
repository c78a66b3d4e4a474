{%- set season = var('season_length') -%}
{%- set has_states = (feature_drivers('binary') | length) > 0 -%}
with

running_totals as (

    select
        history_number,
        period_index,
        demand
    from {{ ref('feature_running_totals') }}
    where demand is not null {{ 'and false' if not has_states }}

),

drivers as (

    select
        series_number,
        period_index,
        driver_state
    from {{ ref('feature_drivers') }}

),

observed_states as (

    select
        running_totals.history_number,
        running_totals.period_index,
        running_totals.demand,
        drivers.driver_state,
        running_totals.period_index % {{ season }} as season_position
    from running_totals
    inner join drivers
        on
            running_totals.history_number = drivers.series_number
            and running_totals.period_index = drivers.period_index

),

summed as (

    select
        observed_states.*,
        sum(observed_states.demand) over same_state as total,
        row_number() over same_state as n
    from observed_states
    window same_state as (
        partition by
            observed_states.history_number, observed_states.season_position, observed_states.driver_state
        order by observed_states.period_index
    )

),

last_occurrences as (

    select
        summed.history_number,
        summed.season_position,
        summed.driver_state,
        summed.period_index,
        (summed.total - coalesce(lag(summed.total, 8) over same_state, 0)) / least(summed.n, 8) as mean_of_last_8,
        least(summed.n, 8) as n_of_last_8
    from summed
    window same_state as (
        partition by summed.history_number, summed.season_position, summed.driver_state
        order by summed.period_index
    )

)

select
    history_number,
    cast(season_position as integer) as season_position,
    driver_state,
    period_index,
    cast(mean_of_last_8 as float) as same_state_mean_8,
    cast(n_of_last_8 as smallint) as same_state_count_8
from last_occurrences
