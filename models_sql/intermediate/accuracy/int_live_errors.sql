with

forecasts as (

    select
        unique_id,
        cutoff,
        ds,
        model,
        h,
        yhat,
        is_served
    from {{ ref('fct_forecasts') }}

),

observations as (

    select
        unique_id,
        ds,
        period_index,
        y,
        is_stockout
    from {{ ref('fct_observations') }}
    where
        not is_imputed
        and ds > (select min(forecasts.cutoff) from forecasts)
    union all
    select
        unique_id,
        ds,
        {{ period_index('ds') }} as period_index,
        y,
        false as is_stockout
    from {{ ref('fct_node_observations') }}
    where ds > (select min(forecasts.cutoff) from forecasts)

),

intervals as (

    select
        unique_id,
        cutoff,
        ds,
        model,
        quantile_level,
        yhat
    from {{ ref('fct_forecast_quantiles') }}

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

cutoffs as (

    select distinct forecasts.cutoff
    from forecasts

),

{{ former_nodes('cutoffs') }},

-- A forecast of a node spoke of the series that belonged to it then.
former_observations as (

    select
        former_nodes.cutoff,
        former_nodes.node_id,
        observations.ds,
        observations.period_index,
        {{ exact_sum('observations.y') }} as y
    from former_nodes
    inner join members_then
        on
            former_nodes.cutoff = members_then.cutoff
            and former_nodes.node_id = members_then.node_id
    inner join {{ ref('fct_observations') }} as observations
        on
            members_then.series_number = observations.series_number
            and former_nodes.cutoff < observations.ds
    where observations.y is not null
    group by former_nodes.cutoff, former_nodes.node_id, observations.ds, observations.period_index

),

-- Only what has come true: a forecast without its observation is not scored.
come_true as (

    select
        forecasts.*,
        observations.y,
        observations.period_index,
        observations.is_stockout
    from forecasts
    anti join former_nodes
        on
            forecasts.cutoff = former_nodes.cutoff
            and forecasts.unique_id = former_nodes.node_id
    inner join observations
        on
            forecasts.unique_id = observations.unique_id
            and forecasts.ds = observations.ds
    union all
    select
        forecasts.*,
        former_observations.y,
        former_observations.period_index,
        false as is_stockout
    from forecasts
    inner join former_observations
        on
            forecasts.unique_id = former_observations.node_id
            and forecasts.cutoff = former_observations.cutoff
            and forecasts.ds = former_observations.ds

),

quantile_scores as (

    select
        come_true.unique_id,
        come_true.cutoff,
        come_true.ds,
        come_true.model,
        avg(2 * greatest(
            intervals.quantile_level * (come_true.y - intervals.yhat),
            (intervals.quantile_level - 1) * (come_true.y - intervals.yhat)
        )) as quantile_loss,
        bool_and(come_true.y >= intervals.yhat) filter (where round(intervals.quantile_level, 6) = 0.1)
        and bool_and(come_true.y <= intervals.yhat) filter (where round(intervals.quantile_level, 6) = 0.9)
            as is_covered
    from come_true
    inner join intervals
        on
            come_true.unique_id = intervals.unique_id
            and come_true.cutoff = intervals.cutoff
            and come_true.ds = intervals.ds
            and come_true.model = intervals.model
    group by come_true.unique_id, come_true.cutoff, come_true.ds, come_true.model

),

described as (

    select
        come_true.model,
        come_true.cutoff,
        come_true.unique_id,
        come_true.ds,
        come_true.period_index,
        come_true.h,
        {{ metric_h_bucket('come_true.h') }} as h_bucket,
        periods.day_of_week,
        {{ 'periods.hour_of_day' if var('ds_type') == 'timestamp' else 'cast(null as integer) as hour_of_day' }},
        case when come_true.is_stockout then 'empty shelf' else 'available' end as stockout,
        case when periods.is_close_period then 'close' else 'other days' end as month_end,
        list_concat(coalesce(events.events, []), case when periods.is_holiday then ['holiday'] else [] end) as events,
        scales.age,
        scales.volume,
        scales.demand_class,
        scales.status,
        scales.attributes_version,
        come_true.y,
        come_true.yhat,
        scales.mase_scale,
        scales.rmsse_scale,
        quantile_scores.quantile_loss,
        quantile_scores.is_covered,
        come_true.is_served
    from come_true
    left join periods on come_true.ds = periods.ds
    left join events
        on
            come_true.unique_id = events.unique_id
            and come_true.ds = events.ds
    left join scales
        on
            come_true.unique_id = scales.unique_id
            and come_true.cutoff = scales.cutoff
    left join quantile_scores
        on
            come_true.unique_id = quantile_scores.unique_id
            and come_true.cutoff = quantile_scores.cutoff
            and come_true.ds = quantile_scores.ds
            and come_true.model = quantile_scores.model

),

every_model as (

    select
        described.cutoff,
        described.unique_id,
        described.ds,
        described.period_index,
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

),

last_period as (

    select max(every_model.period_index) as last_index
    from every_model

),

-- How long back: one season, four seasons (daily: the week and the rolling four weeks), everything.
windows as (

    select
        named_windows.evaluation_window,
        named_windows.n_periods
    from (
        values
        ('last_season', {{ var('season_length') }}),
        ('last_4_seasons', {{ 4 * (var('season_length') | int) }}),
        ('all', 2000000000)
    ) as named_windows (evaluation_window, n_periods)

)

select
    every_model.*,
    windows.evaluation_window
from every_model
cross join last_period
inner join windows on every_model.period_index > last_period.last_index - windows.n_periods
