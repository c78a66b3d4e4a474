{%- set season = feature_second_season() | int -%}
with

histories as (

    select
        history_number,
        period_index,
        demand
    from {{ ref('feature_histories') }}
    where period_index > (
        select min(cutoffs.cutoff_index) - {{ 5 * season }}
        from {{ ref('feature_cutoffs') }} as cutoffs
    )

),

seasons_back as (

    select
        histories.history_number,
        histories.period_index,
        {%- for step in range(4) %}
        lag(histories.demand, {{ step * season }}) over by_period as aligned_{{ step + 1 }}{{ ',' if not loop.last }}
        {%- endfor %}
    from histories
    window by_period as (partition by histories.history_number order by histories.period_index)

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
