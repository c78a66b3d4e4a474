with

live_cutoff as (

    select cutoff
    from {{ ref('feature_cutoffs') }}
    where role = 'live'

),

live_run as (

    select run_id
    from {{ ref('stg_forecasting__live_run') }}

),

refused_runs as (

    select distinct run_id
    from {{ ref('stg_forecasting__check_results') }}
    where not passed and severity = 'block'

),

finished_runs as (

    select
        run_id,
        generated_at
    from {{ ref('stg_forecasting__runs') }}

),

forecasts as (

    select distinct
        cutoff,
        run_id
    from {{ ref('stg_forecasting__forecasts') }}

),

-- The books of the live run are open while it is checked; of the others only those that could be published count.
eligible as (

    select
        forecasts.cutoff,
        forecasts.run_id,
        finished_runs.generated_at,
        live_run.run_id is not null as is_live
    from forecasts
    inner join live_cutoff on forecasts.cutoff <= live_cutoff.cutoff
    left join live_run on forecasts.run_id = live_run.run_id
    left join finished_runs on forecasts.run_id = finished_runs.run_id
    left join refused_runs on forecasts.run_id = refused_runs.run_id
    where
        live_run.run_id is not null
        or (finished_runs.run_id is not null and refused_runs.run_id is null)

)

select
    cutoff,
    arg_max(run_id, (is_live, generated_at, run_id)) as run_id
from eligible
group by cutoff
