{%- set reach = feature_year_reach() -%}
with

demands as (

    select
        history_number,
        period_index,
        demand
    from {{ ref('feature_demand') }}
    where
        period_index between
        (select min(cutoffs.cutoff_index) from {{ ref('feature_cutoffs') }} as cutoffs)
        - {{ feature_year_offset() }} - {{ reach }}
        and (select max(cutoffs.cutoff_index) from {{ ref('feature_cutoffs') }} as cutoffs)
        + {{ var('horizon') }} - {{ feature_year_offset() }} + {{ reach }}

),

neighbours as (

    select
        demands.history_number,
        demands.period_index,
        demands.demand
        {%- if reach %},{% endif %}
    {%- for distance in range(1, reach + 1) %}
    lag(demands.demand, {{ distance }}) over by_period as before_{{ distance }},
    lead(demands.demand, {{ distance }}) over by_period as after_{{ distance }}{{ ',' if not loop.last }}
    
{%- endfor %}
    from demands
    window by_period as (partition by demands.history_number order by demands.period_index)

)

select
    history_number,
    period_index,
    cast(demand as float) as year_aligned,
    cast(
        (
            coalesce(demand, 0)
            {%- for distance in range(1, reach + 1) %}
            + coalesce(before_{{ distance }}, 0) + coalesce(after_{{ distance }}, 0)
            {%- endfor %}
        ) / nullif(
            (demand is not null)::integer
            {%- for distance in range(1, reach + 1) %}
            + (before_{{ distance }} is not null)::integer + (after_{{ distance }} is not null)::integer
            {%- endfor %}, 0
        ) as float
    ) as year_aligned_mean
from neighbours
