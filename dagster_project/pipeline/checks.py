"""What must be true of a run before it is published, one check per promise."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dagster_project.pipeline.critical_segments import breaches_query
from dagster_project.pipeline.input_checks import CHANGE, COVERAGE, freshness_query
from dagster_project.pipeline.served_rows import make_served
from dagster_project.product import Product
from dagster_project.warehouse import Warehouse


class Severity(StrEnum):
    """A blocking check stops publishing; a warning is recorded and goes on."""

    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True)
class Check:
    """One promise, measured by a query that returns `observed` and `detail`; it holds while observed <= threshold.

    The query may name the relations of `served_rows`. It sees the run as `$run_id`, the horizon as `$horizon`, the
    limits of the coverage as `$min_coverage` and `$max_coverage`, the newest delivery as `$as_of` and the moment of the
    run as `$generated_at`. One whose text depends on the product is a function of it.
    """

    name: str
    promise: str
    layer: str
    severity: Severity
    threshold: Callable[[Product], float]
    query: str | Callable[[Product], str]

    def query_of(self, product: Product) -> str:
        """The query, written for a product."""
        return self.query if isinstance(self.query, str) else self.query(product)


@dataclass(frozen=True)
class CheckResult:
    """What a check observed; `passed` is false for a value that is not a number."""

    check: Check
    observed: float
    threshold: float
    detail: str

    @property
    def passed(self) -> bool:
        """Whether the promise holds."""
        return not math.isnan(self.observed) and self.observed <= self.threshold


def _none(_: Product) -> float:
    return 0.0


CHECKS: tuple[Check, ...] = (
    Check(
        "every_active_series_is_forecast_to_the_horizon",
        "Each series that is not excluded has one served forecast for every period up to the horizon.",
        "model",
        Severity.BLOCK,
        _none,
        """
    with counted as (
        select
            series.unique_id,
            count(served.ds) as periods
        from marts.fct_series_eligibility as series
        left join served on series.unique_id = served.unique_id
        where series.role = 'live' and series.is_forecast
        group by series.unique_id
    )
    select
        count(*)::double as observed,
        coalesce('series: ' || list_aggregate(list_slice(list_sort(list(unique_id)), 1, 5), 'string_agg', ', '), '')
            as detail
    from counted
    where periods <> $horizon
    """,
    ),
    Check(
        "published_forecasts_add_up",
        "Each node of the hierarchy is served with the sum of what its series are served with.",
        "model",
        Severity.BLOCK,
        lambda _: 1e-6,
        """
    with sums as (
        select members.node_id, served.ds, sum(served.yhat) as yhat
        from served
        inner join marts.bridge_hierarchy as members on served.unique_id = members.unique_id
        where exists (select 1 from marts.fct_node_observations)
        group by members.node_id, served.ds
    ),
    differences as (
        select
            sums.node_id,
            -- A node without a forecast is as wrong as one that says something else. Sums of doubles differ near 1e-16
            -- with the order of their rows: rounded, so that a second run finds the same node and publishes nothing.
            round(coalesce(abs(nodes.yhat - sums.yhat) / greatest(1, abs(sums.yhat)), 1), 9) as difference
        from sums
        left join served_levels as nodes on sums.node_id = nodes.unique_id and sums.ds = nodes.ds
    )
    select
        coalesce(max(difference), 0)::double as observed,
        case
            when count(*) = 0 then 'no nodes'
            when max(difference) = 0 then 'no node differs'
            else 'largest difference at ' || arg_min(node_id, {'least': -difference, 'node_id': node_id})
        end as detail
    from differences
    """,
    ),
    Check(
        "every_forecast_is_finite",
        "No forecast and no quantile is null, infinite or not a number.",
        "model",
        Severity.BLOCK,
        _none,
        """
    select
        (
            (select count(*) from forecasting.forecasts
             where run_id = $run_id and (yhat is null or not isfinite(yhat)))
            + (select count(*) from forecasting.forecast_quantiles
               where run_id = $run_id and (yhat is null or not isfinite(yhat)))
        )::double as observed,
        'rows of forecasts and quantiles' as detail
    """,
    ),
    Check(
        "quantiles_do_not_cross",
        "A higher quantile level never has a lower value.",
        "model",
        Severity.BLOCK,
        _none,
        """
    with ordered as (
        select
            yhat < lag(yhat) over (
                partition by unique_id, cutoff, ds, model order by quantile_level
            ) as crosses
        from forecasting.forecast_quantiles
        where run_id = $run_id
    )
    select count(*) filter (where crosses)::double as observed, 'crossing rows' as detail from ordered
    """,
    ),
    Check(
        "served_model_beats_seasonal_naive",
        "On the scored windows, what would have been served there has at most the error of seasonal naive, less the "
        "product's gain gate.",
        "model",
        Severity.BLOCK,
        lambda product: 1.0 - product.gates.min_gain_over_seasonal_naive,
        """
    with totals as (
        select
            sum(abs(served_then.y - served_then.yhat)) as served_error,
            sum(abs(served_then.y - baseline.yhat)) as baseline_error
        from served_then
        inner join forecasting.backtest_forecasts as baseline
            on
                served_then.unique_id = baseline.unique_id
                and served_then.cutoff = baseline.cutoff
                and served_then.ds = baseline.ds
        where baseline.run_id = $run_id and baseline.model = 'seasonal_naive'
    )
    select
        coalesce(case when baseline_error = 0 then (served_error > 0)::int else served_error / baseline_error end, 1.0)
            ::double as observed,
        'absolute error of what was chosen before each window, over that of seasonal naive' as detail
    from totals
    """,
    ),
    Check(
        "nothing_looks_like_a_leak",
        "No model and no feature is too good to be true: that is a value which is only known afterwards.",
        "model",
        Severity.BLOCK,
        _none,
        """
    select
        count(*)::double as observed,
        coalesce(string_agg(detail, ' ' order by observed desc, subject), 'no alarm') as detail
    from forecasting.leak_alarms
    where run_id = $run_id
    """,
    ),
    Check(
        "few_series_needed_a_fallback",
        "The share of series that a baseline had to answer for, because their model failed.",
        "model",
        Severity.WARN,
        lambda product: product.gates.max_fallback_share / 5,
        """
    select
        coalesce(count(distinct unique_id) filter (where forecast_source = 'baseline')
            / nullif(count(distinct unique_id), 0), 0)::double as observed,
        'share of series' as detail
    from served
    """,
    ),
    Check(
        "fallbacks_stay_within_the_limit",
        "Too many fallbacks mean that the model is broken, not the series: nothing is published.",
        "model",
        Severity.BLOCK,
        lambda product: product.gates.max_fallback_share,
        """
    select
        coalesce(count(distinct unique_id) filter (where forecast_source = 'baseline')
            / nullif(count(distinct unique_id), 0), 0)::double as observed,
        'share of series' as detail
    from served
    """,
    ),
    Check(
        "interval_covers_what_it_says",
        "The 80 % interval held 70 to 90 % of what happened in the backtest.",
        "model",
        Severity.WARN,
        lambda _: 0.1,
        """
    select
        coalesce(abs(avg(is_inside) - 0.8), 0)::double as observed,
        'distance of the coverage from 0.8, of what was chosen before each window' as detail
    from covered
    """,
    ),
    Check(
        "coverage_stays_within_the_limits",
        "Intervals that hold far less or far more than they say are wrong, not unlucky: nothing is published.",
        "model",
        Severity.BLOCK,
        _none,
        """
    select
        -- Steps of one window share their luck: as many independent trials as series and windows, two standard errors.
        coalesce(greatest(
            0,
            greatest($min_coverage - avg(is_inside), avg(is_inside) - $max_coverage)
            - 2 * sqrt(0.8 * 0.2 / count(distinct (unique_id, cutoff)))
        ), 0)::double as observed,
        coalesce(
            'coverage ' || round(avg(is_inside), 4) || ', limits ' || $min_coverage || ' to ' || $max_coverage
            || ' and two standard errors of ' || count(distinct (unique_id, cutoff)) || ' series and windows',
            'no intervals to measure'
        ) as detail
    from covered
    """,
    ),
    Check(
        "critical_segments_keep_their_limits",
        "Each part of the business that the product file calls critical keeps each of its own limits; the rest of the "
        "business cannot make up for it.",
        "model",
        Severity.BLOCK,
        _none,
        breaches_query,
    ),
    Check(
        "planned_drivers_reach_over_the_horizon",
        "Each driver that is known ahead is told for as much of the horizon as its contract asks for.",
        "data",
        Severity.WARN,
        _none,
        COVERAGE,
    ),
    Check(
        "features_are_fresh",
        "The newest delivery that the features were made of is not older than the product allows, in days.",
        "data",
        Severity.WARN,
        lambda product: float(product.features.ttl_days),
        freshness_query,
    ),
    Check(
        "forecasts_agree_with_the_last_run",
        "Trained anew, the median forecast moves little from what the last run said about the same periods.",
        "model",
        Severity.WARN,
        lambda product: product.gates.max_median_change,
        CHANGE,
    ),
)


def run_checks(
    product: Product, warehouse: Warehouse, run_id: str, *, as_of: datetime, generated_at: datetime
) -> list[CheckResult]:
    """Every check over what the run wrote, in the order of `CHECKS`.

    `as_of` is the newest delivery that counted, `generated_at` when the run was made (UTC, naive).
    """
    results = []
    values = {
        "run_id": run_id,
        "horizon": product.horizon,
        "min_coverage": product.gates.min_coverage_80,
        "max_coverage": product.gates.max_coverage_80,
        "as_of": as_of,
        "generated_at": generated_at,
    }
    with warehouse.connect(read_only=True) as connection:
        for check in CHECKS:
            query = check.query_of(product)
            make_served(connection, query, run_id)
            parameters = {name: value for name, value in values.items() if f"${name}" in query}
            row = connection.execute(query, parameters).to_arrow_table().to_pylist()[0]
            # Nine digits: parallel sums differ in the last ones, and a second run must say the same.
            observed = float(f"{float(row['observed']):.9g}")
            results.append(CheckResult(check, observed, check.threshold(product), str(row["detail"])))
    return results
