{#- One row per model, window, segment, h bucket and metric, from a table of errors.
    errors: relation with model, the window column, unique_id, h, h_bucket, slice columns, a list of events, y, yhat,
    scales and intervals.
    Who belongs to a segment is what was known at the cutoff of each forecast: kinds of demand from the history up to
    it, attributes from the version that held there. A segment never changes for what was told later (R-146).
    Segments of fewer than ten forecasts are listed without a value (R-139); the product as a whole always has one. -#}
{%- macro metric_rows(errors, window_column) -%}
{#- Several cutoffs of one window may know a series by several versions of its attributes. -#}
{%- set has_several_cutoffs = window_column != 'cutoff' -%}
{%- set slices = [
    'h', 'day_of_week', 'hour_of_day', 'stockout', 'month_end', 'event', 'age', 'volume', 'demand_class', 'status'
] -%}
{%- set slices_by_bucket = [['demand_class', 'h_bucket'], ['status', 'h_bucket']] -%}
{%- set versions = [['attributes_version'], ['h_bucket', 'attributes_version']] -%}
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
        {{ metric_sums() }}
    from errors
    group by
        {{ grouping_sets(
            ['model', 'evaluation_window', 'unique_id'], [[], ['h_bucket']] + versions + slices_by_bucket + slices | batch(1) | list
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
        null as attributes_version,
        false as is_of_a_version,
        'event' as slice_name,
        event as slice_value,
        'all' as h_bucket,
        {{ metric_sums() }}
    from errors_by_event
    group by model, evaluation_window, unique_id, event

),

every_sum as (

    select * from sums_of_series
    union all
    select * from sums_of_events

),

members_of_segments as (

    select
        every_sum.* exclude (attributes_version, is_of_a_version),
        segments.segment_name,
        segments.segment_value
    from every_sum
    inner join segments
        on
            every_sum.unique_id = segments.unique_id
            and every_sum.attributes_version is not distinct from segments.attributes_version
    where
        every_sum.slice_name is null
        -- Without any attributes a series has no version, and its sums by version are the sums of all.
        and (every_sum.attributes_version is not null or not every_sum.is_of_a_version)
    union all
    select
        every_sum.* exclude (attributes_version, is_of_a_version),
        every_sum.slice_name as segment_name,
        every_sum.slice_value as segment_value
    from every_sum
    inner join segments
        on
            every_sum.unique_id = segments.unique_id
            and segments.segment_name = 'overall'
    where every_sum.slice_value is not null

),

totals as (

    select
        model,
        evaluation_window,
        segment_name,
        segment_value,
        h_bucket,
        {{ metric_totals(has_several_cutoffs) }}
    from members_of_segments
    group by model, evaluation_window, segment_name, segment_value, h_bucket

),

named_metrics as (

{%- for metric, expression in metric_names().items() %}
    select
        model,
        evaluation_window,
        segment_name,
        segment_value,
        h_bucket,
        '{{ metric }}' as metric,
        {{ expression }} as value,
        n,
        n_series
    from totals
    {{ 'union all' if not loop.last }}
{%- endfor %}

)

select
    model,
    evaluation_window,
    segment_name,
    segment_value,
    h_bucket,
    metric,
    -- Six decimals: sums of doubles on two threads were seen to differ in the tenth from run to run.
    case when n >= 10 or segment_name = 'overall' then round(value, 6) end as value,
    n,
    n_series,
    case when n < 10 and segment_name <> 'overall' then 'fewer than 10 forecasts' end as note
from named_metrics
{%- endmacro -%}
