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

live_run as (

    select run_id
    from {{ ref('stg_forecasting__live_run') }}

),

errors as (

    select
        unique_id,
        cutoff,
        ds,
        model,
        h_bucket,
        y,
        is_served
    from {{ ref('int_backtest_errors') }}
    where level = 'bottom' and y is not null and model <> 'served'

),

scored as (

    select
        errors.model,
        errors.h_bucket,
        errors.is_served,
        quantiles.quantile_level,
        errors.y <= quantiles.yhat as is_below,
        errors.y < quantiles.yhat as is_strictly_below
    from errors
    inner join quantiles
        on
            errors.model = quantiles.model
            and errors.unique_id = quantiles.unique_id
            and errors.cutoff = quantiles.cutoff
            and errors.ds = quantiles.ds
    inner join live_run on quantiles.run_id = live_run.run_id

),

sums as (

    select
        scored.model,
        scored.h_bucket,
        scored.quantile_level,
        scored.is_served,
        count(*) as n,
        count(*) filter (where scored.is_below) as n_below,
        count(*) filter (where scored.is_strictly_below) as n_strictly_below
    from scored
    group by scored.model, scored.h_bucket, scored.quantile_level, scored.is_served

),

every_model as (

    select
        sums.model,
        sums.h_bucket,
        sums.quantile_level,
        sums.n,
        sums.n_below,
        sums.n_strictly_below
    from sums
    union all
    select
        'served' as model,
        sums.h_bucket,
        sums.quantile_level,
        sums.n,
        sums.n_below,
        sums.n_strictly_below
    from sums
    where sums.is_served

),

every_bucket as (

    select * from every_model
    union all
    select
        every_model.model,
        'all' as h_bucket,
        every_model.quantile_level,
        every_model.n,
        every_model.n_below,
        every_model.n_strictly_below
    from every_model

)

select
    model,
    h_bucket,
    quantile_level,
    cast(sum(n) as bigint) as n,
    round(sum(n_below) / sum(n), 6) as observed_share,
    round(sum(n_strictly_below) / sum(n), 6) as observed_share_below
from every_bucket
group by model, h_bucket, quantile_level
