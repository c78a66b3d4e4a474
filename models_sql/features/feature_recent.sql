{%- set season = var('season_length') | int -%}
{%- set reach = ([168, 8 * season] | max) + season -%}
{%- set lags = feature_recent_lags() -%}
with

cutoffs as (

    select cutoff_index
    from {{ ref('feature_cutoffs') }}

),

demands as (

    select
        history_number,
        period_index,
        demand
    from {{ ref('feature_demand') }}
    where period_index > (select min(cutoffs.cutoff_index) - {{ reach }} from cutoffs)

),

looked_back as (

    select
        demands.history_number,
        demands.period_index,
        demands.demand,
        {%- for lag in lags %}
        lag(demands.demand, {{ lag }}) over by_period as before_{{ lag }},
        {%- endfor %}
    {%- for step in range(8) %}
    lag(demands.demand, {{ step * season }}) over by_period as aligned_{{ step + 1 }}{{ ',' if not loop.last }}
    
{%- endfor %}
    from demands
    window by_period as (partition by demands.history_number order by demands.period_index)

),

needed as (

    select
        looked_back.*,
        cutoffs.cutoff_index is not null as is_cutoff,
        {{ feature_known_sum('looked_back.aligned_', 4) }} as sum_4,
        {{ feature_known_count('looked_back.aligned_', 4) }} as n_4,
        {{ feature_known_sum('looked_back.aligned_', 8) }} as sum_8,
        {{ feature_known_count('looked_back.aligned_', 8) }} as n_8,
        least(
            looked_back.aligned_1, looked_back.aligned_2, looked_back.aligned_3, looked_back.aligned_4
        ) as least_4,
        greatest(
            looked_back.aligned_1, looked_back.aligned_2, looked_back.aligned_3, looked_back.aligned_4
        ) as greatest_4
    from looked_back
    left join cutoffs on looked_back.period_index = cutoffs.cutoff_index
    where looked_back.period_index > (select min(cutoffs.cutoff_index) - {{ season }} from cutoffs)

)

select
    history_number,
    period_index,
    cast(demand as float) as demand,
    -- Distances that are no whole seasons are needed at the cutoffs only.
    {%- for lag in lags %}
    cast(case when is_cutoff then before_{{ lag }} end as float) as before_{{ lag }},
    {%- endfor %}
    {%- for step in range(1, 5) %}
    cast(aligned_{{ step }} as float) as aligned_{{ step }},
    {%- endfor %}
    cast(sum_4 / nullif(n_4, 0) as float) as aligned_mean_4,
    -- The median of four is the mean of the middle two, of three the middle one, of fewer the mean.
    cast(
        case
            when n_4 >= 3 then (sum_4 - least_4 - greatest_4) / (n_4 - 2)
            else sum_4 / nullif(n_4, 0)
        end as float
    ) as aligned_median_4,
    cast(sum_8 / nullif(n_8, 0) as float) as aligned_mean_8
from needed
