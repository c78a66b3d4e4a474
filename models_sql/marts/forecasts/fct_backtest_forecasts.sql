with

forecasts as (

    select *
    from {{ ref('stg_forecasting__backtest_forecasts') }}

),

backtest_runs as (

    select *
    from {{ ref('int_backtest_runs') }}

),

cutoffs as (

    select
        cutoff,
        role
    from {{ ref('feature_cutoffs') }}

)

select
    forecasts.unique_id,
    forecasts.cutoff,
    forecasts.ds,
    forecasts.model,
    forecasts.h,
    forecasts.y,
    forecasts.yhat,
    forecasts.forecast_source,
    case when cutoffs.role = 'calibration' then 'calibration' else 'backtest' end as role,
    forecasts.run_id
from forecasts
inner join backtest_runs
    on
        forecasts.model = backtest_runs.model
        and forecasts.run_id = backtest_runs.run_id
left join cutoffs on forecasts.cutoff = cutoffs.cutoff
