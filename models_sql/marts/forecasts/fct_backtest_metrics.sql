with

metrics_of_windows as (

    {{ metric_rows(ref('int_backtest_errors'), 'cutoff') | indent(4) }}

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
        metrics_of_windows.model,
        metrics_of_windows.segment_name,
        metrics_of_windows.segment_value,
        metrics_of_windows.h_bucket,
        metrics_of_windows.metric

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
