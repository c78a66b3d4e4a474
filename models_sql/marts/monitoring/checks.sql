with

check_results as (

    select *
    from {{ ref('stg_forecasting__check_results') }}

),

runs as (

    select *
    from {{ ref('stg_forecasting__runs') }}

)

select
    check_results.run_id,
    runs.cutoff,
    check_results.check_name,
    check_results.subject,
    check_results.layer,
    check_results.severity,
    check_results.passed,
    check_results.observed,
    check_results.threshold,
    check_results.detail,
    check_results.checked_at
from check_results
left join runs on check_results.run_id = runs.run_id
