with

scores as (

    select *
    from {{ ref('int_backtest_scores') }}

),

-- What was served is scored once more under that name.
every_model as (

    select *
    from scores
    union all
    select * replace ('served' as model)
    from scores
    where is_served

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

    {{ series_events('scores') | indent(4) }}

)

select
    every_model.cutoff,
    every_model.unique_id,
    every_model.level,
    every_model.ds,
    every_model.model,
    every_model.h,
    {{ metric_h_bucket('every_model.h') }} as h_bucket,
    periods.day_of_week,
    {{ 'periods.hour_of_day' if var('ds_type') == 'timestamp' else 'cast(null as integer) as hour_of_day' }},
    case when every_model.is_stockout then 'empty shelf' else 'available' end as stockout,
    case when periods.is_close_period then 'close' else 'other days' end as month_end,
    list_concat(coalesce(events.events, []), case when periods.is_holiday then ['holiday'] else [] end) as events,
    scales.age,
    scales.volume,
    scales.demand_class,
    scales.status,
    scales.attributes_version,
    every_model.y,
    every_model.yhat,
    scales.mase_scale,
    scales.rmsse_scale,
    every_model.quantile_loss,
    every_model.is_covered,
    every_model.is_served
from every_model
left join periods on every_model.ds = periods.ds
left join events
    on
        every_model.unique_id = events.unique_id
        and every_model.ds = events.ds
left join scales
    on
        every_model.unique_id = scales.unique_id
        and every_model.cutoff = scales.cutoff
