with

forecasts as (

    select *
    from {{ ref('fct_forecasts') }}
    where is_served

),

runs as (

    select *
    from {{ ref('stg_forecasting__runs') }}

),

versions as (

    select *
    from {{ ref('stg_forecasting__model_versions') }}

)

select
    forecasts.run_id as batch_id,
    forecasts.unique_id,
    forecasts.cutoff,
    forecasts.ds,
    forecasts.h,
    forecasts.yhat,
    forecasts.model,
    forecasts.model_version,
    forecasts.forecast_source,
    versions.feature_schema_hash,
    runs.data_hash,
    runs.code_version,
    forecasts.generated_at,
    row_number() over (
        partition by forecasts.run_id
        order by forecasts.unique_id, forecasts.cutoff, forecasts.ds
    ) as row_number
from forecasts
left join runs on forecasts.run_id = runs.run_id
left join versions on forecasts.model_version = versions.model_version
