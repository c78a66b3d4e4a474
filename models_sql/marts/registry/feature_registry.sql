with

features as (

    select *
    from {{ ref('feature_columns') }}

),

live_run as (

    select
        runs.run_id,
        runs.as_of
    from {{ ref('stg_forecasting__runs') }} as runs
    inner join {{ ref('stg_forecasting__live_run') }} as live on runs.run_id = live.run_id

),

coverage as (

    select
        coverage.feature,
        coverage.n_rows,
        coverage.n_known,
        coverage.min_coverage,
        coverage.is_covered,
        live_run.as_of
    from {{ ref('stg_forecasting__feature_coverage') }} as coverage
    inner join live_run on coverage.run_id = live_run.run_id

)

select
    features.feature,
    features.kind,
    features.data_type,
    features.formula,
    features.source,
    features.availability,
    features.owner,
    features.version,
    features.is_categorical,
    features.is_used,
    coverage.as_of as last_refreshed,
    cast({{ var('feature_ttl_days') }} as integer) as ttl_days,
    coverage.n_rows,
    coverage.n_known,
    round(coverage.n_known / nullif(coverage.n_rows, 0), 6) as coverage,
    coverage.min_coverage,
    coverage.is_covered
from features
left join coverage on features.feature = coverage.feature
