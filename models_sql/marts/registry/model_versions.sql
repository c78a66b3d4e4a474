with

versions as (

    select *
    from {{ ref('stg_forecasting__model_versions') }}

),

stages as (

    select *
    from {{ ref('int_model_stages') }}

),

runs as (

    select *
    from {{ ref('stg_forecasting__runs') }}

),

accuracy as (

    select *
    from {{ ref('int_run_accuracy') }}

)

select
    versions.model_version,
    versions.model,
    stages.stage,
    stages.decided_at as stage_since,
    coalesce(runs.product, '{{ var("product") }}') as product,
    versions.run_id,
    versions.cutoff,
    versions.as_of,
    versions.n_rows,
    versions.n_series,
    accuracy.n_windows,
    accuracy.wape,
    accuracy.mae,
    accuracy.bias,
    accuracy.seasonal_naive_wape,
    versions.feature_schema_hash,
    versions.parameters,
    versions.sha256,
    versions.bundle,
    runs.config_hash,
    runs.data_hash,
    versions.code_version,
    versions.generated_at
from versions
inner join stages on versions.model_version = stages.model_version
left join runs on versions.run_id = runs.run_id
left join accuracy
    on
        versions.run_id = accuracy.run_id
        and versions.model = accuracy.model
