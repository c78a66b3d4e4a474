{#- One row per model, window, segment, h bucket and metric, from a table of errors.
    errors: relation with model, the window column, unique_id, h, h_bucket, slice columns, y, yhat, scales and
    intervals.
    Segments of fewer than ten forecasts are listed without a value (R-139); the product as a whole always has one. -#}
{%- macro metric_rows(errors, window_column) -%}
{%- set slices = ['h', 'day_of_week', 'hour_of_day', 'stockout', 'age', 'volume'] -%}
with

errors as (

    select
        model,
        {{ window_column }} as evaluation_window,
        unique_id,
        h_bucket,
{%- for slice in slices %}
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
        segment_name,
        segment_value
    from {{ ref('int_series_segments') }}

),

sums_of_series as (

    select
        model,
        evaluation_window,
        unique_id,
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
            ['model', 'evaluation_window', 'unique_id'], [[], ['h_bucket']] + slices | batch(1) | list
        ) | indent(8) }}

),

members_of_segments as (

    select
        sums_of_series.*,
        segments.segment_name,
        segments.segment_value
    from sums_of_series
    inner join segments on sums_of_series.unique_id = segments.unique_id
    where sums_of_series.slice_name is null
    union all
    select
        sums_of_series.*,
        sums_of_series.slice_name as segment_name,
        sums_of_series.slice_value as segment_value
    from sums_of_series
    inner join segments
        on
            sums_of_series.unique_id = segments.unique_id
            and segments.segment_name = 'overall'
    where sums_of_series.slice_value is not null

),

totals as (

    select
        model,
        evaluation_window,
        segment_name,
        segment_value,
        h_bucket,
        {{ metric_totals() }}
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
