with

metrics as (

    {{ metric_rows(ref('int_live_errors'), 'evaluation_window') | indent(4) }}

)

select
    metrics.model,
    metrics.evaluation_window as "window",
    metrics.metric,
    metrics.value,
    metrics.n,
    metrics.note,
    cast(metrics.n_series as bigint) as n_series,
    case when metrics.h_bucket = 'all' then metrics.segment_name else 'h_bucket' end as segment_name,
    case when metrics.h_bucket = 'all' then metrics.segment_value else metrics.h_bucket end as segment_value
from metrics
where metrics.h_bucket = 'all' or metrics.segment_name = 'overall'
