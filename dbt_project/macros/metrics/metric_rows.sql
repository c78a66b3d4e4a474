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
{#- What a series is at a cutoff does not change within a window of that cutoff: its parts are the series' sums. -#}
{%- set kinds = ['age', 'volume', 'demand_class', 'status'] -%}
{%- set kinds_by_bucket = ['demand_class', 'status'] -%}
{#- One row per series and step: grouped by step, nearly thirty million groups of one row each were kept. -#}
{%- set grouped = slices if has_several_cutoffs else slices | reject('in', kinds + ['h']) | list -%}
{%- set further = [
    ['attributes_version'], ['h_bucket', 'attributes_version'], ['demand_class', 'h_bucket'], ['status', 'h_bucket']
] if has_several_cutoffs else [] -%}
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
{%- if has_several_cutoffs %}
        attributes_version,
        grouping(attributes_version) = 0 as is_of_a_version,
{%- else %}
        any_value(attributes_version) as attributes_version,
{%- for kind in kinds %}
        any_value({{ kind }}) as {{ kind }},
{%- endfor %}
{%- endif %}
        case
{%- for slice in grouped %}
            when grouping({{ slice }}) = 0 then '{{ slice }}'
{%- endfor %}
        end as slice_name,
        case
{%- for slice in grouped %}
            when grouping({{ slice }}) = 0 then cast({{ slice }} as varchar)
{%- endfor %}
        end as slice_value,
        case when grouping(h_bucket) = 0 then h_bucket else 'all' end as h_bucket,
        {{ metric_sums() }}
    from errors
    group by
        {{ grouping_sets(
            ['model', 'evaluation_window', 'unique_id'], [[], ['h_bucket']] + further + grouped | batch(1) | list
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
        {{ metric_sums() }}
    from errors_by_event
    group by model, evaluation_window, unique_id, event

),

{%- if has_several_cutoffs %}
slices_of_series as (

    select * exclude (attributes_version, is_of_a_version)
    from sums_of_series
    where slice_value is not null
    union all
    select * from sums_of_events

),
{%- else %}
sums_of_steps as (

    select
        model,
        evaluation_window,
        unique_id,
        'h' as slice_name,
        cast(h as varchar) as slice_value,
        'all' as h_bucket,
        {{ metric_sums(of_one_row=true) }}
    from errors

),

slices_of_series as (

    select * exclude (attributes_version, {{ kinds | join(', ') }})
    from sums_of_series
    where slice_value is not null
    union all
    select * from sums_of_events
    union all
    select * from sums_of_steps
{%- for kind in kinds %}
    union all
    select
        * exclude (attributes_version, {{ kinds | join(', ') }})
        replace ('{{ kind }}' as slice_name, {{ kind }} as slice_value)
    from sums_of_series
    where slice_name is null and {{ kind }} is not null {{ "and h_bucket = 'all'" if kind not in kinds_by_bucket }}
{%- endfor %}

),
{%- endif %}

members_of_segments as (

    select
        sums_of_series.* exclude (
            attributes_version, slice_name, slice_value,
            {{ 'is_of_a_version' if has_several_cutoffs else kinds | join(', ') }}
        ),
        segments.segment_name,
        segments.segment_value
    from sums_of_series
    inner join segments
        on
            sums_of_series.unique_id = segments.unique_id
{%- if has_several_cutoffs %}
            and sums_of_series.attributes_version is not distinct from segments.attributes_version
{%- else %}
            and coalesce(segments.attributes_version = sums_of_series.attributes_version, segments.attributes_version is null)
{%- endif %}
    where
        sums_of_series.slice_name is null
{%- if has_several_cutoffs %}
        -- Without any attributes a series has no version, and its sums by version are the sums of all.
        and (sums_of_series.attributes_version is not null or not sums_of_series.is_of_a_version)
{%- endif %}
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
