with

run_cost as (

    select *
    from {{ ref('stg_forecasting__run_cost') }}

),

runs as (

    select *
    from {{ ref('stg_forecasting__runs') }}

)

select
    run_cost.run_id,
    runs.cutoff,
    run_cost.step,
    run_cost.wall_s,
    run_cost.cpu_s,
    run_cost.peak_rss_mb,
    run_cost.rows_out,
    runs.generated_at
from run_cost
left join runs on run_cost.run_id = runs.run_id
