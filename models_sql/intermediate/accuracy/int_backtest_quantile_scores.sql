with

quantiles as (

    select
        unique_id,
        cutoff,
        ds,
        model,
        run_id,
        quantile_level,
        yhat
    from {{ ref('stg_forecasting__backtest_quantiles') }}

),

forecasts as (

    select
        unique_id,
        cutoff,
        ds,
        model,
        run_id,
        y
    from {{ ref('stg_forecasting__backtest_forecasts') }}

),

live_run as (

    select run_id
    from {{ ref('stg_forecasting__live_run') }}

)

-- Twice the pinball loss, averaged over the levels; the interval of 80 % lies between the levels 0.1 and 0.9.
select
    forecasts.unique_id,
    forecasts.cutoff,
    forecasts.ds,
    forecasts.model,
    avg(2 * greatest(
        quantiles.quantile_level * (forecasts.y - quantiles.yhat),
        (quantiles.quantile_level - 1) * (forecasts.y - quantiles.yhat)
    )) as quantile_loss,
    bool_and(forecasts.y >= quantiles.yhat) filter (where round(quantiles.quantile_level, 6) = 0.1)
    and bool_and(forecasts.y <= quantiles.yhat) filter (where round(quantiles.quantile_level, 6) = 0.9) as is_covered
from forecasts
inner join live_run on forecasts.run_id = live_run.run_id
inner join quantiles
    on
        forecasts.run_id = quantiles.run_id
        and forecasts.model = quantiles.model
        and forecasts.cutoff = quantiles.cutoff
        and forecasts.unique_id = quantiles.unique_id
        and forecasts.ds = quantiles.ds
where forecasts.y is not null
group by forecasts.unique_id, forecasts.cutoff, forecasts.ds, forecasts.model
