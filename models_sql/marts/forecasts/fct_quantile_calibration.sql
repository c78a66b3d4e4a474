with

scores as (

    select
        model,
        h,
        is_served,
        levels_told,
        levels_at_or_above,
        levels_above
    from {{ ref('int_backtest_scores') }}
    where level = 'bottom' and levels_told > 0

),

levels as (

    select
        told.quantile_level,
        told.bit
    from (
        values
        {%- for level in var('quantile_levels') %}
        (cast({{ level }} as double), {{ 2 ** loop.index0 }}){{ ',' if not loop.last }}
        {%- endfor %}
    ) as told (quantile_level, bit)

),

-- Forecasts that lie alike among their quantiles are one row: of millions a few thousand.
alike as (

    select
        scores.model,
        scores.is_served,
        scores.levels_told,
        scores.levels_at_or_above,
        scores.levels_above,
        scores.h,
        count(*) as n
    from scores
    group by
        scores.model,
        scores.is_served,
        scores.levels_told,
        scores.levels_at_or_above,
        scores.levels_above,
        scores.h

),

sums as (

    select
        alike.model,
        {{ metric_h_bucket('alike.h') }} as h_bucket,
        alike.is_served,
        levels.quantile_level,
        sum(alike.n) as n,
        coalesce(sum(alike.n) filter (where alike.levels_at_or_above & levels.bit <> 0), 0) as n_below,
        coalesce(sum(alike.n) filter (where alike.levels_above & levels.bit <> 0), 0) as n_strictly_below
    from alike
    inner join levels on alike.levels_told & levels.bit <> 0
    group by alike.model, h_bucket, alike.is_served, levels.quantile_level

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
