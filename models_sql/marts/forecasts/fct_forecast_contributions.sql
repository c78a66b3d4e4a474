with

contributions as (

    select
        unique_id,
        cutoff,
        ds,
        model,
        feature,
        contribution,
        run_id
    from {{ ref('stg_forecasting__contributions') }}

),

forecast_runs as (

    select
        cutoff,
        run_id
    from {{ ref('int_forecast_runs') }}

)

select
    contributions.unique_id,
    contributions.cutoff,
    contributions.ds,
    contributions.model,
    contributions.feature,
    contributions.contribution,
    contributions.run_id
from contributions
inner join forecast_runs
    on
        contributions.cutoff = forecast_runs.cutoff
        and contributions.run_id = forecast_runs.run_id
