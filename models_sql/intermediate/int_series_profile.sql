-- What the history of every series says about its demand, seen from the live cutoff.

with

observations as (

    select
        series_number,
        period_index,
        y,
        is_imputed
    from {{ ref('fct_observations') }}

),

cutoff as (

    select {{ live_cutoff_index(ref('int_observations_conformed')) }} as cutoff_index

),

demand_sizes as (

    select
        observations.series_number,
        min(observations.period_index) as first_period,
        max(observations.period_index) as last_period,
        count(*) filter (where not observations.is_imputed) as n_observations,
        count(*) filter (where observations.y is not null) as n_periods,
        count(*) filter (where observations.y <> 0) as n_demands,
        avg(observations.y) filter (where observations.y <> 0) as mean_demand,
        var_samp(observations.y) filter (where observations.y <> 0) as variance_of_demand
    from observations
    cross join cutoff
    where observations.period_index <= cutoff.cutoff_index
    group by observations.series_number

)

select
    demand_sizes.series_number,
    demand_sizes.first_period,
    demand_sizes.last_period,
    demand_sizes.n_observations,
    cutoff.cutoff_index,
    -- Average demand interval and squared coefficient of variation: Syntetos, Boylan and Croston (2005).
    case when demand_sizes.n_demands > 0 then demand_sizes.n_periods / demand_sizes.n_demands end
        as average_demand_interval,
    case
        when demand_sizes.mean_demand <> 0
            then coalesce(demand_sizes.variance_of_demand, 0) / demand_sizes.mean_demand ** 2
    end as squared_variation
from demand_sizes
cross join cutoff
