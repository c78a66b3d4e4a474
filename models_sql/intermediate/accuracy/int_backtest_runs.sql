with

backtests as (

    select distinct
        model,
        run_id
    from {{ ref('stg_forecasting__backtest_forecasts') }}

),

run_times as (

    select
        run_id,
        generated_at
    from {{ ref('int_run_times') }}

)

select
    backtests.model,
    arg_max(backtests.run_id, (run_times.generated_at, backtests.run_id)) as run_id
from backtests
inner join run_times on backtests.run_id = run_times.run_id
group by backtests.model
