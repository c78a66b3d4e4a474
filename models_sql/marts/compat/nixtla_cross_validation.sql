with

errors as (

    select *
    from {{ ref('int_backtest_errors') }}
    where level = 'bottom'

)

select
    errors.unique_id,
    errors.ds,
    errors.cutoff,
    max(errors.y) as y,
    max(case when errors.model = 'served' then errors.yhat end) as served,
    max(case when errors.model = 'seasonal_naive' then errors.yhat end) as seasonal_naive
from errors
group by errors.unique_id, errors.ds, errors.cutoff
