with

demands as (

    select
        history_number,
        period_index,
        demand,
        cell
    from {{ ref('feature_demand') }}
    where demand is not null and cell is not null

)

select
    demands.history_number,
    demands.cell,
    demands.period_index,
    cast(avg(demands.demand) over last_8 as float) as same_state_mean_8,
    cast(count(*) over last_8 as smallint) as same_state_count_8
from demands
window last_8 as (
    partition by demands.history_number, demands.cell
    order by demands.period_index
    rows between 7 preceding and current row
)
