with

scores as (

    select *
    from {{ ref('int_backtest_scores') }}
    where level = 'bottom'

)

select
    scores.unique_id,
    scores.ds,
    scores.cutoff,
    max(scores.y) as y,
    max(case when scores.is_served then scores.yhat end) as served,
    max(case when scores.model = 'seasonal_naive' then scores.yhat end) as seasonal_naive
from scores
group by scores.unique_id, scores.ds, scores.cutoff
