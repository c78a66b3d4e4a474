{{ config(materialized='table') }}

with

observations as (

    select * from {{ ref('int_observations_conformed') }}

),

lives as (

    select
        series_number,
        min(period_index) filter (where y is not null) as first_period,
        max(period_index) filter (where y is not null) as last_period,
        count(y) as n_observations,
        count(*) filter (where is_stockout) as n_stockouts
    from observations
    group by series_number

)

select
    series_number,
    first_period,
    last_period,
    n_observations,
    -- Series without a gap pass on untouched: at 30,490 series that is most of them, and no window has to sort them.
    n_observations = last_period - first_period + 1
    {%- if var('demand_target') == 'unconstrained' %} and n_stockouts = 0{% endif %} as is_complete
from lives
where n_observations > 0
