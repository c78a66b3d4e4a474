{%- set season = var('season_length') -%}
{%- set binary_drivers = feature_drivers('binary') -%}
with

histories as (

    select
        history_number,
        period_index,
        demand
    from {{ ref('feature_histories') }}
    where demand is not null {{ 'and false' if not binary_drivers }}

),

drivers as (

    select
        series_number,
        period_index,
        {{ feature_driver_state() }} as driver_state
    from {{ ref('fct_drivers') }}

),

-- Periods that a series shares by their place in the season and by what all its binary drivers said.
observed_states as (

    select
        histories.history_number,
        histories.period_index,
        histories.demand,
        drivers.driver_state,
        histories.period_index % {{ season }} as season_position
    from histories
    inner join drivers
        on
            histories.history_number = drivers.series_number
            and histories.period_index = drivers.period_index

)

select
    observed_states.history_number,
    cast(observed_states.season_position as integer) as season_position,
    observed_states.driver_state,
    observed_states.period_index,
    cast(avg(observed_states.demand) over last_8 as float) as same_state_mean_8,
    cast(count(*) over last_8 as smallint) as same_state_count_8
from observed_states
window last_8 as (
    partition by observed_states.history_number, observed_states.season_position, observed_states.driver_state
    order by observed_states.period_index
    rows between 7 preceding and current row
)
