{#- One bit of an integer per quantile level, in the order of the product's levels. -#}
{%- set levels = var('quantile_levels') -%}
{%- set bits = 'bigint' if levels | length < 63 else 'hugeint' -%}
{%- set columns, losses, told, at_or_above, above = [], [], [], [], [] -%}
{%- for level in levels -%}
{%- set quantile = 'quantile_' ~ loop.index -%}
{%- set bit = 'then ' ~ 2 ** loop.index0 ~ ' else 0 end' -%}
{%- set is_level = 'millionths = ' ~ ((level * 1000000) | round | int) -%}
{%- set below, beyond = level ~ ' * (y - ' ~ quantile ~ ')', '(' ~ level ~ ' - 1) * (y - ' ~ quantile ~ ')' -%}
{%- do columns.append('max(yhat) filter (where ' ~ is_level ~ ') as ' ~ quantile) -%}
{%- do losses.append('coalesce(greatest(' ~ below ~ ', ' ~ beyond ~ '), 0)') -%}
{%- do told.append('case when y - ' ~ quantile ~ ' is not null ' ~ bit) -%}
{%- do at_or_above.append('case when y <= ' ~ quantile ~ ' ' ~ bit) -%}
{%- do above.append('case when y < ' ~ quantile ~ ' ' ~ bit) -%}
{%- endfor -%}
with

forecasts as (

    select *
    from {{ ref('fct_backtest_forecasts') }}
    where role = 'backtest'

),

live_run as (

    select run_id
    from {{ ref('stg_forecasting__live_run') }}

),

choices as (

    select
        choices.unique_id,
        choices.cutoff,
        choices.model
    from {{ ref('stg_forecasting__model_choices') }} as choices
    inner join live_run on choices.run_id = live_run.run_id

),

-- Few: a join with every observation would cost more than all others here.
stockouts as (

    select
        unique_id,
        ds
    from {{ ref('fct_observations') }}
    where is_stockout and ds > (select min(forecasts.cutoff) from forecasts)

),

told_quantiles as (

    select
        quantiles.unique_id,
        quantiles.cutoff,
        quantiles.ds,
        quantiles.model,
        quantiles.yhat,
        cast(quantiles.quantile_level * 1000000 as integer) as millionths
    from {{ ref('stg_forecasting__backtest_quantiles') }} as quantiles
    inner join live_run on quantiles.run_id = live_run.run_id

),

-- One row per forecast before anything is joined: there are nine times as many quantiles.
quantiles as (

    select
        unique_id,
        cutoff,
        ds,
        model,
        {{ columns | join(',\n        ') }}
    from told_quantiles
    group by unique_id, cutoff, ds, model

),

joined as (

    select
        quantiles.* exclude (quantiles.unique_id, quantiles.cutoff, quantiles.ds, quantiles.model),
        forecasts.unique_id,
        forecasts.level,
        forecasts.cutoff,
        forecasts.ds,
        forecasts.model,
        forecasts.h,
        forecasts.y,
        forecasts.yhat,
        choices.model is not null as is_served,
        stockouts.ds is not null as is_stockout
    from forecasts
    left join choices
        on
            forecasts.unique_id = choices.unique_id
            and forecasts.cutoff = choices.cutoff
            and forecasts.model = choices.model
    left join stockouts
        on
            forecasts.unique_id = stockouts.unique_id
            and forecasts.ds = stockouts.ds
    left join quantiles
        on
            forecasts.unique_id = quantiles.unique_id
            and forecasts.cutoff = quantiles.cutoff
            and forecasts.ds = quantiles.ds
            and forecasts.model = quantiles.model

),

compared as (

    select
        *,
        {{ losses | join('\n        + ') }} as pinball_loss,
        cast({{ told | join('\n        + ') }} as {{ bits }}) as levels_told,
        cast({{ at_or_above | join('\n        + ') }} as {{ bits }}) as levels_at_or_above,
        cast({{ above | join('\n        + ') }} as {{ bits }}) as levels_above
    from joined

)

select
    unique_id,
    level,
    cutoff,
    ds,
    model,
    h,
    y,
    yhat,
    is_served,
    is_stockout,
    levels_told,
    levels_at_or_above,
    levels_above,
    -- Twice the pinball loss, averaged over the levels.
    2 * pinball_loss / nullif(bit_count(levels_told), 0) as quantile_loss,
    y >= quantile_{{ levels.index(0.1) + 1 }} and y <= quantile_{{ levels.index(0.9) + 1 }} as is_covered
from compared
