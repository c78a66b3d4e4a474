{#- One row per model, window, segment, h bucket and metric, from a table of errors.
    errors: relation with model, the window column, unique_id, h, h_bucket, slice columns, a list of events, y, yhat,
    scales and intervals.
    Who belongs to a segment is what was known at the cutoff of each forecast: kinds of demand from the history up to
    it, attributes from the version that held there. A segment never changes for what was told later (R-146).
    Of windows that are one cutoff each, with millions of rows, fct_backtest_metrics makes the same metrics. -#}
{%- macro metric_rows(errors, window_column) -%}
{%- set slices = [
    'h', 'day_of_week', 'hour_of_day', 'stockout', 'month_end', 'event', 'age', 'volume', 'demand_class', 'status'
] -%}
{#- Several cutoffs of one window may know a series by several versions of its attributes. -#}
{%- set further = [
    ['attributes_version'], ['h_bucket', 'attributes_version'], ['demand_class', 'h_bucket'], ['status', 'h_bucket']
] -%}
with

errors as (

    select
        model,
        {{ window_column }} as evaluation_window,
        unique_id,
        h_bucket,
        attributes_version,
        events,
        case when len(events) = 0 then 'none' end as event,
{%- for slice in slices if slice != 'event' %}
{{ slice }},
{%- endfor %}
        y,
        yhat,
        mase_scale,
        rmsse_scale,
        quantile_loss,
        is_covered
    from {{ errors }}
    where y is not null and yhat is not null

),

segments as (

    select
        unique_id,
        attributes_version,
        segment_name,
        segment_value
    from {{ ref('int_series_segments') }}
    where segment_name not in ('demand_class', 'status')

),

sums_of_series as (

    select
        model,
        evaluation_window,
        unique_id,
        attributes_version,
        grouping(attributes_version) = 0 as is_of_a_version,
        case
{%- for slice in slices %}
            when grouping({{ slice }}) = 0 then '{{ slice }}'
{%- endfor %}
        end as slice_name,
        case
{%- for slice in slices %}
            when grouping({{ slice }}) = 0 then cast({{ slice }} as varchar)
{%- endfor %}
        end as slice_value,
        case when grouping(h_bucket) = 0 then h_bucket else 'all' end as h_bucket,
        {{ metric_sums() }},
        {{ metric_scaled_errors() }}
    from errors
    group by
        {{ grouping_sets(
            ['model', 'evaluation_window', 'unique_id'], [[], ['h_bucket']] + further + slices | batch(1) | list
        ) | indent(8) }}

),

errors_by_event as (

    select
        errors.* exclude (event),
        unnest(events) as event
    from errors
    where event is null

),

-- A period with several events counts in each of them.
sums_of_events as (

    select
        model,
        evaluation_window,
        unique_id,
        'event' as slice_name,
        event as slice_value,
        'all' as h_bucket,
        {{ metric_sums() }},
        {{ metric_scaled_errors() }}
    from errors_by_event
    group by model, evaluation_window, unique_id, event

),

slices_of_series as (

    select * exclude (attributes_version, is_of_a_version)
    from sums_of_series
    where slice_value is not null
    union all
    select * from sums_of_events

),

members_of_segments as (

    select
        sums_of_series.* exclude (attributes_version, slice_name, slice_value, is_of_a_version),
        segments.segment_name,
        segments.segment_value
    from sums_of_series
    inner join segments
        on
            sums_of_series.unique_id = segments.unique_id
            and sums_of_series.attributes_version is not distinct from segments.attributes_version
    where
        sums_of_series.slice_name is null
        -- Without any attributes a series has no version, and its sums by version are the sums of all.
        and (sums_of_series.attributes_version is not null or not sums_of_series.is_of_a_version)
    union all
    select
        slices_of_series.* exclude (slice_name, slice_value),
        slices_of_series.slice_name as segment_name,
        slices_of_series.slice_value as segment_value
    from slices_of_series
    inner join segments
        on
            slices_of_series.unique_id = segments.unique_id
            and segments.segment_name = 'overall'

),

totals as (

    select
        model,
        evaluation_window,
        segment_name,
        segment_value,
        h_bucket,
        {{ metric_totals() }},
        count(distinct unique_id) as n_series,
        favg(absolute_scaled_error) as mean_absolute_scaled_error,
        favg(root_squared_scaled_error) as mean_root_squared_scaled_error
    from members_of_segments
    group by model, evaluation_window, segment_name, segment_value, h_bucket

),

metrics_of_segments as (

    {{ metrics_of_totals() | indent(4) }}

)

select *
from metrics_of_segments
{%- endmacro -%}
