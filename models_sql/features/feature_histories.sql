with

demands as (

    select
        history_number,
        period_index,
        demand
    from {{ ref('feature_demand') }}

)

select
    demands.history_number,
    min(demands.period_index) as first_index,
    list(demands.demand order by demands.period_index) as demands
from demands
group by demands.history_number
