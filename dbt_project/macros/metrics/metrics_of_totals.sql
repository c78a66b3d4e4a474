{#- The last step of metrics: a query for one row per metric, from a relation `totals` with the sums of every segment
    (columns of `metric_totals`). Segments of fewer than ten forecasts are listed without a value (R-139); the product as
    a whole always has one. -#}
{%- macro metrics_of_totals() -%}
with

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
