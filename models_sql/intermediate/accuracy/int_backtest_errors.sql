with

forecasts as (

    select *
    from {{ ref('fct_backtest_forecasts') }}
    where role = 'backtest'

),

choices as (

    select
        choices.unique_id,
        choices.cutoff,
        choices.model
    from {{ ref('stg_forecasting__model_choices') }} as choices
    inner join {{ ref('stg_forecasting__live_run') }} as live_run on choices.run_id = live_run.run_id

),

quantile_scores as (

    select *
    from {{ ref('int_backtest_quantile_scores') }}

),

scales as (

    select *
    from {{ ref('int_series_scales') }}

),

periods as (

    select
        ds,
        day_of_week,
        hour_of_day,
        is_holiday,
        is_close_period
    from {{ ref('dim_periods') }}

),

events as (

    {{ series_events('forecasts') | indent(4) }}

),

observations as (

    select
        unique_id,
        ds,
        is_stockout
    from {{ ref('fct_observations') }}
    where ds > (select min(forecasts.cutoff) from forecasts)

),

described as (

    select
        forecasts.model,
        forecasts.cutoff,
        forecasts.unique_id,
        forecasts.level,
        forecasts.ds,
        forecasts.h,
        {{ metric_h_bucket('forecasts.h') }} as h_bucket,
        periods.day_of_week,
        {{ 'periods.hour_of_day' if var('ds_type') == 'timestamp' else 'cast(null as integer) as hour_of_day' }},
        case when coalesce(observations.is_stockout, false) then 'empty shelf' else 'available' end as stockout,
        case when periods.is_close_period then 'close' else 'other days' end as month_end,
        list_concat(coalesce(events.events, []), case when periods.is_holiday then ['holiday'] else [] end) as events,
        scales.age,
        scales.volume,
        scales.demand_class,
        scales.status,
        scales.attributes_version,
        forecasts.y,
        forecasts.yhat,
        scales.mase_scale,
        scales.rmsse_scale,
        quantile_scores.quantile_loss,
        quantile_scores.is_covered,
        choices.model is not null as is_served
    from forecasts
    left join periods on forecasts.ds = periods.ds
    left join events
        on
            forecasts.unique_id = events.unique_id
            and forecasts.ds = events.ds
    left join scales
        on
            forecasts.unique_id = scales.unique_id
            and forecasts.cutoff = scales.cutoff
    left join observations
        on
            forecasts.unique_id = observations.unique_id
            and forecasts.ds = observations.ds
    left join quantile_scores
        on
            forecasts.unique_id = quantile_scores.unique_id
            and forecasts.cutoff = quantile_scores.cutoff
            and forecasts.ds = quantile_scores.ds
            and forecasts.model = quantile_scores.model
    left join choices
        on
            forecasts.unique_id = choices.unique_id
            and forecasts.cutoff = choices.cutoff
            and forecasts.model = choices.model

)

select
    described.cutoff,
    described.unique_id,
    described.level,
    described.ds,
    described.h,
    described.h_bucket,
    described.day_of_week,
    described.hour_of_day,
    described.stockout,
    described.month_end,
    described.events,
    described.age,
    described.volume,
    described.demand_class,
    described.status,
    described.attributes_version,
    described.y,
    described.yhat,
    described.mase_scale,
    described.rmsse_scale,
    described.quantile_loss,
    described.is_covered,
    described.is_served,
    -- What was served is scored once more under that name.
    unnest(case when described.is_served then [described.model, 'served'] else [described.model] end) as model
from described
