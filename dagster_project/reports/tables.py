"""What the evaluation report shows, as SQL on the working warehouse of a finished run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster_project.warehouse import Warehouse

Rows = list[dict[str, Any]]

HEADLINE = """
    select
        model,
        max(value) filter (where metric = 'wape') as wape,
        max(value) filter (where metric = 'wape_std') as wape_std,
        max(value) filter (where metric = 'mase') as mase,
        max(value) filter (where metric = 'rmse') as rmse,
        max(value) filter (where metric = 'bias') as bias,
        max(value) filter (where metric = 'wql') as wql,
        max(value) filter (where metric = 'coverage_80') as coverage_80,
        max(n) filter (where metric = 'wape') as n,
        max(n_series) filter (where metric = 'wape') as n_series,
        max(n_windows) filter (where metric = 'wape') as n_windows
    from marts.fct_backtest_metrics
    where segment_name = 'overall' and h_bucket = 'all' and cutoff is null
    group by model
    order by model <> 'served', wape, model
"""
WINDOWS = """
    select
        cutoff,
        max(value) filter (where model = 'served' and metric = 'wape') as served,
        max(value) filter (where model = 'seasonal_naive' and metric = 'wape') as seasonal_naive,
        max(value) filter (where model = 'served' and metric = 'bias') as bias,
        max(value) filter (where model = 'served' and metric = 'coverage_80') as coverage_80,
        max(n) filter (where model = 'served' and metric = 'wape') as n
    from marts.fct_backtest_metrics
    where segment_name = 'overall' and h_bucket = 'all' and cutoff is not null
    group by cutoff
    order by cutoff
"""
HORIZON = """
    select
        segment_value::integer as h,
        max(value) filter (where model = 'served' and metric = 'wape') as served,
        max(value) filter (where model = 'seasonal_naive' and metric = 'wape') as seasonal_naive,
        max(value) filter (where model = 'served' and metric = 'bias') as bias,
        max(value) filter (where model = 'served' and metric = 'coverage_80') as coverage_80
    from marts.fct_backtest_metrics
    where segment_name = 'h' and h_bucket = 'all' and cutoff is null
    group by h
    order by h
"""
CALIBRATION = """
    select quantile_level, observed_share, observed_share_below, n
    from marts.fct_quantile_calibration
    where model = 'served' and h_bucket = 'all'
    order by quantile_level
"""
SEGMENTS = """
    select
        segment_name, segment_value, n, n_series, wape, seasonal_naive_wape, bias, is_biased, absolute_error_value,
        error_value
    from marts.fct_segment_accuracy
    where model = 'served' and segment_name not in ('overall', 'h')
    order by segment_name, try_cast(split_part(segment_value, '-', 1) as integer), n desc, segment_value
"""
PARITY = """
    select segment_name, n_segments, n_biased, best_segment, min_wape, worst_segment, max_wape, ratio, is_within_limit
    from marts.fct_segment_parity
    where model = 'served' and segment_name <> 'h'
    order by ratio desc nulls last, segment_name
"""
OFFENDERS = """
    select impact_rank, unique_id, impact, share_of_impact, cumulative_share, absolute_error, wape, bias, mase
    from marts.fct_top_offenders
    where model = 'served' and impact_rank <= 15
    order by impact_rank
"""
# Best, median and worst by MASE, and the series that costs most.
EXAMPLES = """
    with ranked as (
        select unique_id, mase, wape, mase_rank, impact_rank, count(mase) over () as n_ranked
        from marts.fct_top_offenders
        where model = 'served'
    ),
    roles as (
        select 1 as position, 'best by MASE' as role, unique_id, mase, wape from ranked where mase_rank = n_ranked
        union all
        select 2, 'median by MASE', unique_id, mase, wape from ranked where mase_rank = (n_ranked + 1) // 2
        union all
        select 3, 'worst by MASE', unique_id, mase, wape from ranked where mase_rank = 1 and n_ranked > 0
        union all
        select 4, 'costs most', unique_id, mase, wape from ranked where impact_rank = 1
    )
    select position, role, unique_id, mase, wape
    from roles
    order by position
"""
BACKTEST_OF_SERIES = """
    select cutoff, ds, y, yhat
    from intermediate.int_backtest_errors
    where model = 'served' and unique_id = $unique_id
    order by cutoff, ds
"""
HISTORY_OF_SERIES = """
    with recent as (
        select ds, y from marts.fct_observations where unique_id = $unique_id order by ds desc limit $n_periods
    )
    select ds, y from recent order by ds
"""
LATEST_OF_SERIES = """
    select ds, yhat, yhat_lower, yhat_upper, model from marts.forecast_latest where unique_id = $unique_id order by ds
"""
RESIDUALS = """
    select ds, fsum(y - yhat) as residual, fsum(y) as y, count(*) as n
    from intermediate.int_backtest_errors
    where
        model = 'served' and y is not null
        and unique_id in (select unique_id from marts.dim_series where level = 'bottom')
    group by ds
    order by ds
"""
# Twenty bins of equal width between the quantiles 0.01 and 0.99, one more on each side for what lies beyond.
ERRORS = """
    with errors as (
        select yhat - y as error
        from intermediate.int_backtest_errors
        where
            model = 'served' and y is not null
            and unique_id in (select unique_id from marts.dim_series where level = 'bottom')
    ),
    span as (
        select
            quantile_cont(error, 0.01) as low,
            greatest(quantile_cont(error, 0.99), quantile_cont(error, 0.01) + 1e-9) as high
        from errors
    ),
    binned as (
        select greatest(-1, least(20, floor((error - low) / (high - low) * 20)))::integer as bin from errors, span
    )
    select
        bins.number as bin, low + bins.number * (high - low) / 20 as lower_edge, (high - low) / 20 as width,
        count(binned.bin) as n
    from range(-1, 21) as bins (number)
    cross join span
    left join binned on bins.number = binned.bin
    where (select count(*) from errors) > 0
    group by bins.number, low, high
    order by bins.number
"""
CHECKS = """
    select check_name, severity, passed, observed, threshold, detail
    from forecasting.check_results
    where run_id = $run_id
    order by passed, severity, check_name
"""
IMPORTANCE = """
    select model_version, feature, share_of_gain, rank
    from registry.feature_importance
    where model_version in (select model_version from forecasting.forecasts where run_id = $run_id)
    order by rank
    limit 15
"""
SUMMARY = """
    select
        (select count(*) from marts.dim_series where level = 'bottom') as n_series,
        (select count(*) from marts.fct_observations) as n_observations,
        (select min(ds) from marts.fct_observations) as first_ds,
        (select max(ds) from marts.fct_observations) as last_ds,
        (select count(*) from marts.forecast_latest) as n_forecasts
"""
OF_THE_RUN: Mapping[str, str] = {
    "headline": HEADLINE,
    "windows": WINDOWS,
    "horizon": HORIZON,
    "calibration": CALIBRATION,
    "segments": SEGMENTS,
    "parity": PARITY,
    "offenders": OFFENDERS,
    "examples": EXAMPLES,
    "residuals": RESIDUALS,
    "errors": ERRORS,
    "summary": SUMMARY,
}
BY_RUN: Mapping[str, str] = {"importance": IMPORTANCE, "checks": CHECKS}


def evaluation_tables(warehouse: Warehouse, run_id: str) -> dict[str, Rows]:
    """Every table of the report by name; the marts speak of the live run, and `run_id` is to be that one."""
    found = {name: _rows(warehouse, sql) for name, sql in OF_THE_RUN.items()}
    return found | {name: _rows(warehouse, sql, {"run_id": run_id}) for name, sql in BY_RUN.items()}


def series_tables(warehouse: Warehouse, unique_id: str, n_periods: int) -> dict[str, Rows]:
    """One series: its last `n_periods`, what was forecast for them, and the forecast in force."""
    one = {"unique_id": unique_id}
    return {
        "history": _rows(warehouse, HISTORY_OF_SERIES, one | {"n_periods": n_periods}),
        "backtest": _rows(warehouse, BACKTEST_OF_SERIES, one),
        "latest": _rows(warehouse, LATEST_OF_SERIES, one),
    }


def _rows(warehouse: Warehouse, sql: str, parameters: Mapping[str, object] | None = None) -> Rows:
    rows: Rows = warehouse.read(sql, parameters or {}).to_pylist()
    return rows
