{#- Kinds are what a whole series is at a cutoff; slices are some periods of every series. -#}
{%- set kinds = ['age', 'volume', 'demand_class', 'status'] -%}
{%- set kinds_by_bucket = ['demand_class', 'status'] -%}
{%- set slices = metric_slices() -%}
{%- set slice_columns = slices.values() | map(attribute='column') | list -%}
{%- set key = ['unique_id', 'cutoff', 'model', 'is_served'] -%}
with

scores as not materialized (

    select
        *,
        level = 'bottom' as is_bottom
    from {{ ref('int_backtest_scores') }}
    where y is not null and yhat is not null

),

scales as (

    select
        unique_id,
        cutoff,
        attributes_version,
        mase_scale,
        rmsse_scale,
        {{ kinds | join(', ') }}
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

    select distinct
        unique_id,
        ds,
        event_kind as event_name
    from {{ ref('fct_events') }}
    where unique_id is not null and ds > (select min(scores.cutoff) from scores)

),

{{ segment_groups('scales') }},

sums_of_buckets as (

    select
        {{ key | join(', ') }},
        is_bottom,
        {{ metric_h_bucket('min(h)') }} as h_bucket,
        {{ metric_sums() }}
    from scores
    group by {{ key | join(', ') }}, is_bottom, (h - 1) // {{ ((var('horizon') | int) + 3) // 4 }}

),

sums_of_series as (

    select *
    from sums_of_buckets
    union all by name
    select
        {{ key | join(', ') }},
        is_bottom,
        'all' as h_bucket,
        {{ metric_totals() }}
    from sums_of_buckets
    group by {{ key | join(', ') }}, is_bottom

),

described_series as (

    select
        sums_of_series.*,
        scales.* exclude (scales.unique_id, scales.cutoff, scales.attributes_version),
        numbered_series.group_number
    from sums_of_series
    left join scales
        on
            sums_of_series.unique_id = scales.unique_id
            and sums_of_series.cutoff = scales.cutoff
    left join numbered_series
        on
            sums_of_series.unique_id = numbered_series.unique_id
            and sums_of_series.cutoff = numbered_series.cutoff

),

totals_of_groups as (

    select
        cutoff,
        model,
        is_served,
        is_bottom,
        h_bucket,
        {{ kinds | join(', ') }},
        group_number,
        {{ metric_totals() }},
        {{ metric_scaled_totals() }}
    from described_series
    group by cutoff, model, is_served, is_bottom, h_bucket, {{ kinds | join(', ') }}, group_number

),

periods_with_events as (

    select distinct
        unique_id,
        ds
    from events

),

described_scores as not materialized (

    select
        scores.*,
        scales.mase_scale,
        scales.rmsse_scale,
        periods.day_of_week,
        periods.hour_of_day,
        coalesce(periods.is_close_period, false) as is_close_period,
        -- Those of single series are in events: a period with several of them counts in each.
        case
            when periods.is_holiday then 'holiday'
            when periods_with_events.ds is null then 'none'
        end as event_name
    from scores
    left join scales
        on
            scores.unique_id = scales.unique_id
            and scores.cutoff = scales.cutoff
    left join periods on scores.ds = periods.ds
    left join periods_with_events
        on scores.unique_id = periods_with_events.unique_id and scores.ds = periods_with_events.ds
    where scores.is_bottom

),

-- All series of one step at once: each has one row there, so that its scaled errors are those of the row.
totals_of_steps as (

    select
        cutoff,
        model,
        is_served,
        h,
        {{ slice_columns | join(', ') }},
        {{ metric_sums() }},
        count(*) as n_series,
        fsum(abs(yhat - y) / mase_scale) as scaled_error,
        count(mase_scale) as n_scaled,
        fsum(abs(yhat - y) / rmsse_scale) as root_scaled_error,
        count(rmsse_scale) as n_root_scaled
    from described_scores
    group by cutoff, model, is_served, h, {{ slice_columns | join(', ') }}

),

-- What the scaled errors of a slice need of each series; all else adds up over series as it does over steps.
slices_of_series as (

    select
        {{ key | join(', ') }},
        {{ metric_slice_of_group('name') }} as segment_name,
        {{ metric_slice_of_group('value') }} as segment_value,
        any_value(mase_scale) as mase_scale,
        any_value(rmsse_scale) as rmsse_scale,
        count(*) as n,
        fsum(abs(yhat - y)) as absolute_error,
        fsum((yhat - y) * (yhat - y)) as squared_error
    from described_scores
    group by
        {{ grouping_sets(key, slice_columns | batch(1) | list) | indent(8) }}

),

scores_of_events as (

    select
        described_scores.* exclude (described_scores.event_name),
        events.event_name
    from described_scores
    inner join events
        on
            described_scores.unique_id = events.unique_id
            and described_scores.ds = events.ds

),

sums_of_events as (

    select
        {{ key | join(', ') }},
        event_name,
        any_value(mase_scale) as mase_scale,
        any_value(rmsse_scale) as rmsse_scale,
        {{ metric_sums() }}
    from scores_of_events
    group by {{ key | join(', ') }}, event_name

),

-- Rows that add up, column by column, to the totals of each segment.
parts as (

    select
        totals_of_groups.* exclude (
            totals_of_groups.is_bottom, totals_of_groups.group_number,
            totals_of_groups.{{ kinds | join(', totals_of_groups.') }}
        ),
        segments_of_groups.segment_name,
        segments_of_groups.segment_value
    from totals_of_groups
    inner join segments_of_groups on totals_of_groups.group_number = segments_of_groups.group_number
    {%- for kind in kinds %}
    union all by name
    select
        * exclude (is_bottom, group_number, {{ kinds | join(', ') }}),
        '{{ kind }}' as segment_name,
        {{ kind }} as segment_value
    from totals_of_groups
    where is_bottom and {{ kind }} is not null {{ "and h_bucket = 'all'" if kind not in kinds_by_bucket }}
    {%- endfor %}
    union all by name
    select
        * exclude (h, {{ slice_columns | join(', ') }}),
        'all' as h_bucket,
        'h' as segment_name,
        cast(h as varchar) as segment_value
    from totals_of_steps
    {%- for slice in slices %}
    union all by name
    select
        * exclude (
            h, n_series, scaled_error, n_scaled, root_scaled_error, n_root_scaled,
            {{ slice_columns | join(', ') }}
        ),
        'all' as h_bucket,
        '{{ slice }}' as segment_name,
        {{ slices[slice].value }} as segment_value
    from totals_of_steps
    {%- endfor %}
    union all by name
    select
        cutoff,
        model,
        is_served,
        'all' as h_bucket,
        segment_name,
        segment_value,
        {{ metric_scaled_totals() }}
    from slices_of_series
    group by cutoff, model, is_served, segment_name, segment_value
    union all by name
    select
        cutoff,
        model,
        is_served,
        'all' as h_bucket,
        'event' as segment_name,
        event_name as segment_value,
        {{ metric_totals() }},
        {{ metric_scaled_totals() }}
    from sums_of_events
    group by cutoff, model, is_served, event_name

),

-- What was served is scored once more under that name.
every_part as (

    select *
    from parts
    where segment_value is not null
    union all
    select * replace ('served' as model)
    from parts
    where segment_value is not null and is_served

),

totals as (

    select
        model,
        cutoff as evaluation_window,
        segment_name,
        segment_value,
        h_bucket,
        {{ metric_totals() }},
        cast(sum(n_series) as bigint) as n_series,
        fsum(scaled_error) / nullif(sum(n_scaled), 0) as mean_absolute_scaled_error,
        fsum(root_scaled_error) / nullif(sum(n_root_scaled), 0) as mean_root_squared_scaled_error
    from every_part
    group by model, cutoff, segment_name, segment_value, h_bucket

),

metrics_of_windows as (

    {{ metrics_of_totals() | indent(4) }}

),

means_over_windows as (

    select
        metrics_of_windows.model,
        metrics_of_windows.segment_name,
        metrics_of_windows.segment_value,
        metrics_of_windows.h_bucket,
        metrics_of_windows.metric,
        avg(metrics_of_windows.value) as mean_value,
        stddev_samp(metrics_of_windows.value) as std_value,
        sum(metrics_of_windows.n) as n,
        max(metrics_of_windows.n_series) as n_series,
        count(*) as n_windows,
        max(metrics_of_windows.note) as note
    from metrics_of_windows
    group by
        metrics_of_windows.model, metrics_of_windows.segment_name, metrics_of_windows.segment_value,
        metrics_of_windows.h_bucket, metrics_of_windows.metric

),

every_row as (

    select
        metrics_of_windows.model,
        metrics_of_windows.evaluation_window as cutoff,
        metrics_of_windows.segment_name,
        metrics_of_windows.segment_value,
        metrics_of_windows.h_bucket,
        metrics_of_windows.metric,
        metrics_of_windows.value,
        metrics_of_windows.n,
        metrics_of_windows.n_series,
        1 as n_windows,
        metrics_of_windows.note
    from metrics_of_windows
    union all
    select
        means_over_windows.model,
        null as cutoff,
        means_over_windows.segment_name,
        means_over_windows.segment_value,
        means_over_windows.h_bucket,
        means_over_windows.metric,
        round(means_over_windows.mean_value, 6) as value,
        means_over_windows.n,
        means_over_windows.n_series,
        means_over_windows.n_windows,
        means_over_windows.note
    from means_over_windows
    union all
    select
        means_over_windows.model,
        null as cutoff,
        means_over_windows.segment_name,
        means_over_windows.segment_value,
        means_over_windows.h_bucket,
        means_over_windows.metric || '_std' as metric,
        round(means_over_windows.std_value, 6) as value,
        means_over_windows.n,
        means_over_windows.n_series,
        means_over_windows.n_windows,
        means_over_windows.note
    from means_over_windows

)

select
    model,
    cast(cutoff as {{ var('ds_type') }}) as cutoff,
    segment_name,
    segment_value,
    h_bucket,
    metric,
    value,
    cast(n as bigint) as n,
    cast(n_series as bigint) as n_series,
    cast(n_windows as integer) as n_windows,
    note
from every_row
