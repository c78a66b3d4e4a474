with

runs as (

    select
        run_id,
        generated_at
    from {{ ref('stg_forecasting__runs') }}

),

forecasts as (

    select
        run_id,
        max(generated_at) as generated_at
    from {{ ref('stg_forecasting__forecasts') }}
    group by run_id

),

backtests as (

    select distinct run_id
    from {{ ref('stg_forecasting__backtest_forecasts') }}

),

every_run as (

    select
        runs.run_id,
        runs.generated_at
    from runs
    union all
    select
        forecasts.run_id,
        forecasts.generated_at
    from forecasts
    union all
    select
        backtests.run_id,
        null as generated_at
    from backtests

)

-- A run whose books are still open is the one that is running: the latest.
select
    run_id,
    coalesce(max(generated_at), timestamp '9999-12-31 00:00:00') as generated_at
from every_run
group by run_id
