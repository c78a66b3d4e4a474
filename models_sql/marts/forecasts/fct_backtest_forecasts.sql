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

-- A node that has no series any more is still what was forecast at the cutoffs where it had some.
former_nodes as (

    select distinct
        node_id,
        level
    from {{ ref('bridge_hierarchy_history') }}

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
    coalesce(series.level, former_nodes.level) as level,
    case when cutoffs.role = 'calibration' then 'calibration' else 'backtest' end as role
from forecasts
inner join live_run on forecasts.run_id = live_run.run_id
left join cutoffs on forecasts.cutoff = cutoffs.cutoff
left join periods on forecasts.ds = periods.ds
left join series on forecasts.unique_id = series.unique_id
left join former_nodes
    on
        series.unique_id is null
        and forecasts.unique_id = former_nodes.node_id
