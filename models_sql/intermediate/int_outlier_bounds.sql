{{ config(materialized='table') }}

-- Bounds per series from the training window of the oldest backtest only: what comes after it never moves them.

with

observations as (

    select * from {{ ref('int_observations_conformed') }}

),

training_window as (

    select
        {{ live_cutoff_index(ref('int_observations_conformed')) }}
        - {{ var('horizon') + (var('n_windows') - 1) * var('step_size') }} as last_period

),

quartiles as (

    -- Counts are judged by their non-zero periods: with many zeros every sale would look like an outlier.
    select
        observations.series_number,
        quantile_cont(observations.y, [0.25, 0.5, 0.75]) as quartile,
        count(*) as n_values
    from observations
    where
        observations.period_index <= (select training_window.last_period from training_window)
        and observations.y is not null
        {%- if var('target_kind') != 'continuous' %}
        and observations.y <> 0
        {%- endif %}
    group by observations.series_number

)

select
    series_number,
    -- Inter-quartile range / 1.349 is the standard deviation of a normal distribution; eight of them is far out even
    -- for promotions, which reach three to five.
    quartile[2] - 8 * (quartile[3] - quartile[1]) / 1.349 as lower_bound,
    quartile[2] + 8 * (quartile[3] - quartile[1]) / 1.349 as upper_bound
from quartiles
where n_values >= {{ 2 * var('season_length') }} and quartile[3] > quartile[1]
