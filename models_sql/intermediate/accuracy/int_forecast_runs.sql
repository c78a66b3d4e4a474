with

forecasts as (

    select distinct
        cutoff,
        model,
        run_id
    from {{ ref('stg_forecasting__forecasts') }}

),

run_times as (

    select
        run_id,
        generated_at
    from {{ ref('int_run_times') }}

)

select
    forecasts.cutoff,
    forecasts.model,
    arg_max(forecasts.run_id, (run_times.generated_at, forecasts.run_id)) as run_id
from forecasts
inner join run_times on forecasts.run_id = run_times.run_id
group by forecasts.cutoff, forecasts.model
