{{ config(materialized='view') }}
with

quantiles as (

    select *
    from {{ ref('stg_forecasting__forecast_quantiles') }}

),

forecast_runs as (

    select *
    from {{ ref('int_forecast_runs') }}

)

select
    quantiles.unique_id,
    quantiles.cutoff,
    quantiles.ds,
    quantiles.model,
    quantiles.quantile_level,
    quantiles.yhat,
    quantiles.run_id
from quantiles
inner join forecast_runs
    on
        quantiles.cutoff = forecast_runs.cutoff
        and quantiles.run_id = forecast_runs.run_id
