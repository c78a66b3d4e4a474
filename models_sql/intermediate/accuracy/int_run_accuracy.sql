with

forecasts as (

    select *
    from {{ ref('stg_forecasting__backtest_forecasts') }}
    where y is not null

),

calibration_cutoffs as (

    select cutoff
    from {{ ref('feature_cutoffs') }}
    where role = 'calibration'

),

bottom_series as (

    select unique_id
    from {{ ref('dim_series') }}
    where level = 'bottom'

),

windows as (

    select
        forecasts.run_id,
        forecasts.model,
        forecasts.cutoff,
        fsum(abs(forecasts.yhat - forecasts.y)) / nullif(fsum(abs(forecasts.y)), 0) as wape,
        favg(abs(forecasts.yhat - forecasts.y)) as mae,
        fsum(forecasts.yhat - forecasts.y) / nullif(fsum(abs(forecasts.y)), 0) as bias
    from forecasts
    inner join bottom_series on forecasts.unique_id = bottom_series.unique_id
    where forecasts.cutoff not in (select calibration_cutoffs.cutoff from calibration_cutoffs)
    group by forecasts.run_id, forecasts.model, forecasts.cutoff

),

means as (

    select
        windows.run_id,
        windows.model,
        count(*) as n_windows,
        avg(windows.wape) as wape,
        avg(windows.mae) as mae,
        avg(windows.bias) as bias
    from windows
    group by windows.run_id, windows.model

)

select
    means.run_id,
    means.model,
    cast(means.n_windows as integer) as n_windows,
    round(means.wape, 10) as wape,
    round(means.mae, 10) as mae,
    round(means.bias, 10) as bias,
    round(max(case when means.model = 'seasonal_naive' then means.wape end) over (partition by means.run_id), 10)
        as seasonal_naive_wape
from means
