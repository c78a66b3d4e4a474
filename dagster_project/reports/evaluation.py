"""One run's evaluation as a page: how good the forecasts are, where they are not, and what they look like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from dagster_project.paths import ProductPaths
from dagster_project.product import Product
from dagster_project.publishing.durable import write_atomically
from dagster_project.reports.charts import HALF_WIDTH, Line, bar, histogram, html, line_drawing
from dagster_project.reports.drawings import horizon_drawing, series_drawing
from dagster_project.reports.page import Column, cards, document, number, percent, section, signed_percent, table, whole
from dagster_project.reports.tables import Rows, evaluation_tables, series_tables
from dagster_project.reports.time_axis import day, label, position
from dagster_project.warehouse import Warehouse

NAVIGATION = (
    ("models", "Models"),
    ("windows", "Windows"),
    ("horizon", "Horizon"),
    ("intervals", "Intervals"),
    ("segments", "Segments"),
    ("offenders", "Offenders"),
    ("errors", "Errors"),
    ("examples", "Series"),
    ("features", "Features"),
    ("checks", "Checks"),
)
PERIODS_SHOWN = 4  # horizons of history before the live forecast


def report_file(paths: ProductPaths, run_id: str) -> Path:
    """Where the report of a run lies."""
    return paths.reports / f"evaluation_{run_id}.html"


@dataclass(frozen=True)
class Evaluation:
    """A written report: where it lies, and the tables that it shows, those of single series apart."""

    path: Path
    tables: Mapping[str, Rows]
    series: list[dict[str, Any]]


def write_evaluation(product: Product, paths: ProductPaths, run_id: str, lineage: Mapping[str, str]) -> Evaluation:
    """Write the report of a finished run; the same run gives the same bytes.

    `lineage` are the facts under the title, such as cutoff and code version.
    """
    warehouse = Warehouse(paths.warehouse)
    tables = evaluation_tables(warehouse, run_id)
    shown = PERIODS_SHOWN * product.horizon
    series = [{**example, **series_tables(warehouse, example["unique_id"], shown)} for example in tables["examples"]]
    path = report_file(paths, run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, evaluation_page(product, tables, series, lineage))
    return Evaluation(path, tables, series)


def evaluation_page(
    product: Product, tables: Mapping[str, Rows], series: list[dict[str, Any]], lineage: Mapping[str, str]
) -> str:
    """The page as text."""
    body = "".join(
        (
            _cards(product, tables),
            _models(tables["headline"]),
            _windows(tables["windows"]),
            _horizon(tables["horizon"]),
            _intervals(tables),
            _segments(tables),
            _offenders(product, tables["offenders"]),
            _errors(product, tables),
            _examples(product, series),
            _features(tables["importance"]),
            _checks(tables["checks"]),
        )
    )
    facts = ", ".join(f"{name} {value}" for name, value in lineage.items() if value)
    return document(
        f"{product.title}: evaluation",
        facts,
        NAVIGATION,
        body,
        "Every number on this page is a value of the product's tables (schemas marts, registry and forecasting). "
        "Backtest windows stand in the past and see nothing after their cutoff; windows that only calibrate intervals "
        "are not scored.",
    )


def _cards(product: Product, tables: Mapping[str, Rows]) -> str:
    by_model = {row["model"]: row for row in tables["headline"]}
    served, naive = by_model.get("served", {}), by_model.get("seasonal_naive", {})
    summary = tables["summary"][0]
    gain = None
    if served.get("wape") is not None and naive.get("wape"):
        gain = 1 - served["wape"] / naive["wape"]
    return cards(
        [
            ("WAPE of what is served", percent(served.get("wape"))),
            ("Seasonal naive", percent(naive.get("wape"))),
            ("Error removed", percent(gain)),
            ("Bias", signed_percent(served.get("bias"))),
            ("80 % interval holds", percent(served.get("coverage_80"))),
            ("Series", f"{summary['n_series']:,}"),
            (f"Steps of {product.freq}", f"{product.horizon}"),
        ]
    )


def _models(headline: Rows) -> str:
    worst = max((row["wape"] for row in headline if row["wape"] is not None), default=1.0) or 1.0
    columns = [
        Column("model", "Model", is_text=True),
        Column("wape", "WAPE", percent, html=lambda row: percent(row["wape"]) + _bar(row, worst)),
        Column("wape_std", "± between windows", percent),
        Column("mase", "MASE", number),
        Column("rmse", "RMSE", number),
        Column("bias", "Bias", signed_percent),
        Column("wql", "WQL", percent),
        Column("coverage_80", "80 % interval holds", percent),
        Column("n", "Forecasts", whole),
    ]
    return section(
        "models",
        "Models beside the baselines",
        "Mean over the backtest windows, lower is better. The line served scores, at every cutoff, the model that "
        "earlier windows had chosen by then.",
        table(headline, columns, name="models", served="served"),
    )


def _bar(row: Mapping[str, Any], worst: float) -> str:
    share = None if row["wape"] is None else row["wape"] / worst
    return bar(share, "served" if row["model"] == "served" else "baseline")


def _windows(windows: Rows) -> str:
    columns = [
        Column("cutoff", "Cutoff", day, is_text=True),
        Column("served", "WAPE served", percent),
        Column("seasonal_naive", "WAPE seasonal naive", percent),
        Column("bias", "Bias served", signed_percent),
        Column("coverage_80", "80 % interval holds", percent),
        Column("n", "Forecasts", whole),
    ]
    return section(
        "windows",
        "Window by window",
        "Each row stands at a past cutoff and looks one horizon ahead.",
        table(windows, columns, name="windows"),
    )


def _horizon(horizon: Rows) -> str:
    lead = "WAPE at every step of the horizon, mean over windows."
    return section("horizon", "Accuracy by step ahead", lead, html(horizon_drawing(horizon)))


def _intervals(tables: Mapping[str, Rows]) -> str:
    calibration, horizon = tables["calibration"], tables["horizon"]
    reliability = line_drawing(
        [
            Line("promised", "ideal", [(0.0, 0.0), (1.0, 1.0)]),
            Line("at or below", "served", [(r["quantile_level"], r["observed_share"]) for r in calibration]),
            Line("below", "baseline", [(r["quantile_level"], r["observed_share_below"]) for r in calibration]),
        ],
        title="Observed share below each quantile",
        width=HALF_WIDTH,
        x_label=lambda value: f"{value:.1f}",
        y_label=lambda value: f"{100 * value:.0f} %",
    )
    covered = [(row["h"], row["coverage_80"]) for row in horizon]
    steps = [row["h"] for row in horizon]
    coverage = line_drawing(
        [
            Line("80 % interval holds", "served", covered),
            Line("80 %", "ideal", [(steps[0], 0.8), (steps[-1], 0.8)] if steps else []),
        ],
        title="Coverage of the 80 % interval by step",
        width=HALF_WIDTH,
        x_label=lambda h: f"{h:.0f}",
        y_label=lambda value: f"{100 * value:.0f} %",
    )
    columns = [
        Column("quantile_level", "Promised", lambda value: percent(value, 0)),
        Column("observed_share", "Observed at or below", percent),
        Column("observed_share_below", "Observed below", percent),
        Column("n", "Forecasts", whole),
    ]
    return section(
        "intervals",
        "Quantiles and intervals",
        "How often the truth stayed at or below each quantile of the served forecasts, and below it (counts are often "
        "equal to a quantile), and how often it fell into the 80 % interval at every step.",
        _two(("Calibration of quantiles", html(reliability)), ("Coverage by step", html(coverage))),
        "<details><summary>Every quantile</summary>" + table(calibration, columns, name="calibration") + "</details>",
    )


def _segments(tables: Mapping[str, Rows]) -> str:
    columns = [
        Column("segment_value", "Part", is_text=True),
        Column("wape", "WAPE", percent, html=lambda row: percent(row["wape"]) + bar(row["wape"], "served")),
        Column(
            "seasonal_naive_wape",
            "Seasonal naive",
            percent,
            html=lambda row: percent(row["seasonal_naive_wape"]) + bar(row["seasonal_naive_wape"], "baseline"),
        ),
        Column("bias", "Bias", signed_percent, html=_bias),
        Column("absolute_error_value", "Error in money", number),
        Column("n_series", "Series", whole),
        Column("n", "Forecasts", whole),
    ]
    parity_columns = [
        Column("segment_name", "Split by", is_text=True),
        Column("best_segment", "Best part", is_text=True),
        Column("min_wape", "WAPE", percent),
        Column("worst_segment", "Worst part", is_text=True),
        Column("max_wape", "WAPE", percent),
        Column(
            "ratio",
            "Ratio",
            number,
            html=lambda row: _flagged(number(row["ratio"]), is_bad=not row["is_within_limit"]),
        ),
        Column("n_biased", "Biased parts", html=lambda row: _flagged(str(row["n_biased"]), is_bad=row["n_biased"] > 0)),
        Column("n_segments", "Parts"),
    ]
    parts = []
    for name, rows in groupby(tables["segments"], key=lambda row: row["segment_name"]):
        members = list(rows)
        hides = " open" if name in {"level", "h_bucket", "demand_class"} else ""
        heading = f"<details{hides}><summary>{name} ({len(members)})</summary>"
        parts.append(heading + table(members[:40], columns, name=f"segment {name}") + "</details>")
    return section(
        "segments",
        "Parts of the business",
        "What is served, split by everything known at the cutoff. A bias is flagged when it is large, on the same side "
        "in every window and beyond chance; a split is flagged when its worst part is far behind its best.",
        table(tables["parity"], parity_columns, name="parity"),
        *parts,
    )


def _bias(row: Mapping[str, Any]) -> str:
    return _flagged(
        signed_percent(row["bias"]) + (" biased" if row["is_biased"] else ""), is_bad=bool(row["is_biased"])
    )


def _flagged(text: str, *, is_bad: bool) -> str:
    return f'<span class="flag">{text}</span>' if is_bad else text


def _offenders(product: Product, offenders: Rows) -> str:
    driver = next((d for d in product.drivers if d.name == product.target.unit_value), None)
    unit = (driver.unit if driver and driver.unit else "value") if product.target.unit_value else product.target.unit
    largest = max((row["share_of_impact"] or 0.0 for row in offenders), default=1.0) or 1.0
    columns = [
        Column("impact_rank", "#"),
        Column("unique_id", "Series", is_text=True),
        Column(
            "impact",
            f"Error, {unit}",
            html=lambda row: number(row["impact"]) + bar((row["share_of_impact"] or 0.0) / largest, "served"),
        ),
        Column("share_of_impact", "Share", percent),
        Column("cumulative_share", "Together", percent),
        Column("wape", "WAPE", percent),
        Column("bias", "Bias", signed_percent),
        Column("mase", "MASE", number),
    ]
    weighed = f"times {product.target.unit_value}" if product.target.unit_value else "in units"
    return section(
        "offenders",
        "Series that cost most",
        f"Ranked by absolute error {weighed} over all windows.",
        table(offenders, columns, name="offenders"),
    )


def _errors(product: Product, tables: Mapping[str, Rows]) -> str:
    bins = [(row["lower_edge"], row["lower_edge"] + row["width"], row["n"]) for row in tables["errors"]]
    distribution = histogram(bins, title="Distribution of errors", number=number)
    residuals = tables["residuals"]
    over_time = line_drawing(
        [
            Line("y - yhat, all series", "served", [(position(row["ds"]), row["residual"]) for row in residuals]),
            Line("zero", "ideal", [(position(row["ds"]), 0.0) for row in residuals[:: max(len(residuals) - 1, 1)]]),
        ],
        title="Residuals over time",
        width=HALF_WIDTH,
        x_label=label,
        y_label=number,
    )
    return section(
        "errors",
        "Errors",
        f"Forecast minus truth in {product.target.unit}, every scored forecast of a series; the outer bars hold what "
        "lies beyond the first and the last percent. Beside them, the sum of truth minus forecast on every day.",
        _two(("Distribution", distribution), ("Over time", html(over_time))),
    )


def _examples(product: Product, series: list[dict[str, Any]]) -> str:
    parts = []
    for one in series:
        title = f"{one['unique_id']}: {one['role']}"
        known = f"MASE {number(one['mase'])}, WAPE {percent(one['wape'])}"
        parts.append(f"<h3>{_plain(title)} <span class='soft'>({known})</span></h3>{html(series_drawing(title, one))}")
    return section(
        "examples",
        "What it looks like",
        f"History in {product.target.unit}, what would have been served at the past cutoffs (dashed), and the "
        "forecast in force with its 80 % interval.",
        *parts,
    )


def _features(importance: Rows) -> str:
    largest = max((row["share_of_gain"] or 0.0 for row in importance), default=1.0) or 1.0
    columns = [
        Column("rank", "#"),
        Column("feature", "Feature", is_text=True),
        Column(
            "share_of_gain",
            "Share of gain",
            percent,
            html=lambda row: percent(row["share_of_gain"]) + bar((row["share_of_gain"] or 0.0) / largest, "served"),
        ),
    ]
    version = importance[0]["model_version"] if importance else "none"
    return section(
        "features",
        "What the global model looks at",
        f"The 15 features with the largest loss reduction in the trees of version {version}.",
        table(importance, columns, name="importance"),
    )


def _checks(checks: Rows) -> str:
    columns = [
        Column("check_name", "Check", is_text=True),
        Column("severity", "Severity", is_text=True),
        Column("passed", "Passed", is_text=True, html=lambda row: _passed(is_passed=bool(row["passed"]))),
        Column("observed", "Observed", number),
        Column("threshold", "Limit", number),
        Column("detail", "What it says", is_text=True),
    ]
    return section(
        "checks", "Checks of the run", "A failed check of severity block stops publishing.",
        table(checks, columns, name="checks"),
    )  # fmt: skip


def _passed(*, is_passed: bool) -> str:
    return '<span class="fine">yes</span>' if is_passed else '<span class="flag">no</span>'


def _two(*charts: tuple[str, str]) -> str:
    return '<div class="two">' + "".join(f"<div><h3>{name}</h3>{chart}</div>" for name, chart in charts) + "</div>"


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
