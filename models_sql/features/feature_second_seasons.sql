{%- set season = feature_second_season() | int -%}
with

demands as (

    select
        history_number,
        period_index,
        demand
    from {{ ref('feature_demand') }}
    where period_index > (
        select min(cutoffs.cutoff_index) - {{ 5 * season }}
        from {{ ref('feature_cutoffs') }} as cutoffs
    )

),

seasons_back as (

    select
        demands.history_number,
        demands.period_index,
    {%- for step in range(4) %}
    lag(demands.demand, {{ step * season }}) over by_period as aligned_{{ step + 1 }}{{ ',' if not loop.last }}
    
{%- endfor %}
    from demands
    window by_period as (partition by demands.history_number order by demands.period_index)

)

select
    history_number,
    period_index,
    cast(aligned_1 as float) as second_season_aligned_1,
    cast(list_avg([aligned_1, aligned_2, aligned_3, aligned_4]) as float) as second_season_aligned_mean_4
from seasons_back
where
    period_index > (
        select min(cutoffs.cutoff_index) - {{ season }}
        from {{ ref('feature_cutoffs') }} as cutoffs
    )
    {{ 'and false' if not season }}
