with

demands as (

    select
        history_number,
        period_index,
        demand,
        cell
    from {{ ref('feature_demand') }}
    where demand is not null and cell is not null

),

last_8 as (

    select
        demands.history_number,
        demands.cell,
        demands.period_index,
        demands.demand
        {%- for step in range(1, 8) %}
        + lag(demands.demand, {{ step }}, 0) over by_period
        {%- endfor %}
            as total,
        least(row_number() over by_period, 8) as n
    from demands
    window by_period as (partition by demands.history_number, demands.cell order by demands.period_index)

)

select
    last_8.history_number,
    last_8.cell,
    last_8.period_index,
    cast(last_8.total / last_8.n as float) as same_state_mean_8,
    cast(last_8.n as smallint) as same_state_count_8
from last_8
