with

forecasts as (

    select *
    from {{ ref('stg_forecasting__backtest_forecasts') }}

),

live_run as (

    select run_id
    from {{ ref('stg_forecasting__live_run') }}

),

cutoffs as (

    select
        cutoff,
        role
    from {{ ref('feature_cutoffs') }}

),

series as (

    select
        unique_id,
        level
    from {{ ref('dim_series') }}

)

select
    forecasts.unique_id,
    forecasts.cutoff,
    forecasts.ds,
    forecasts.model,
    forecasts.h,
    series.level,
    forecasts.y,
    forecasts.yhat,
    forecasts.forecast_source,
    forecasts.run_id,
    case when cutoffs.role = 'calibration' then 'calibration' else 'backtest' end as role
from forecasts
inner join live_run on forecasts.run_id = live_run.run_id
left join cutoffs on forecasts.cutoff = cutoffs.cutoff
left join series on forecasts.unique_id = series.unique_id
