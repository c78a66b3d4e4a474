{{ config(materialized='view') }}
with

forecasts as (

    select *
    from {{ ref('stg_forecasting__forecasts') }}

),

forecast_runs as (

    select *
    from {{ ref('int_forecast_runs') }}

),

choices as (

    select *
    from {{ ref('stg_forecasting__model_choices') }}

),

stages as (

    select
        model_version,
        stage
    from {{ ref('int_model_stages') }}

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
    cast({{ period_index('forecasts.ds') }} - {{ period_index('forecasts.cutoff') }} as integer) as h,
    series.level,
    forecasts.yhat,
    forecasts.forecast_source,
    choices.model is not null as is_served,
    forecasts.model_version,
    stages.stage,
    forecasts.run_id,
    forecasts.generated_at
from forecasts
inner join forecast_runs
    on
        forecasts.cutoff = forecast_runs.cutoff
        and forecasts.run_id = forecast_runs.run_id
left join choices
    on
        forecasts.run_id = choices.run_id
        and forecasts.unique_id = choices.unique_id
        and forecasts.cutoff = choices.cutoff
        and forecasts.model = choices.model
left join stages on forecasts.model_version = stages.model_version
left join series on forecasts.unique_id = series.unique_id
