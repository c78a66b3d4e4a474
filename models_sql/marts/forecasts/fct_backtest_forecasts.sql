{{ config(materialized='view') }}
with

forecasts as (

    select *
    from {{ ref('stg_forecasting__backtest_forecasts') }}

),

live_run as (

    select run_id
    from {{ ref('stg_forecasting__live_run') }}

),

cutoffs as (

    select
        cutoff,
        role
    from {{ ref('feature_cutoffs') }}

),

series as (

    select
        unique_id,
        level
    from {{ ref('dim_series') }}

),

periods as (

    select
        ds,
        is_close_period
    from {{ ref('dim_periods') }}

),

-- A node that has no series any more is still what was forecast at the cutoffs where it had some. One list of both: a
-- second join only where the first finds nothing would compare every forecast with every node.
levels as (

    select
        series.unique_id,
        series.level
    from series
    union all
    select distinct
        nodes.node_id as unique_id,
        nodes.level
    from {{ ref('bridge_hierarchy_history') }} as nodes
    anti join series on nodes.node_id = series.unique_id

)

select
    forecasts.unique_id,
    forecasts.cutoff,
    forecasts.ds,
    forecasts.model,
    forecasts.h,
    forecasts.y,
    forecasts.yhat,
    forecasts.forecast_source,
    forecasts.run_id,
    periods.is_close_period,
    levels.level,
    case when cutoffs.role = 'calibration' then 'calibration' else 'backtest' end as role
from forecasts
inner join live_run on forecasts.run_id = live_run.run_id
left join cutoffs on forecasts.cutoff = cutoffs.cutoff
left join periods on forecasts.ds = periods.ds
left join levels on forecasts.unique_id = levels.unique_id
