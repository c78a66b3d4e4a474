"""Scale: what every step of a run costs on 30,490 generated series of 1,941 days."""

from __future__ import annotations

from typing import Any

from benchmarks.generated import HORIZON, SEED, Retail, write_delivery
from benchmarks.product_run import ProductRun, benchmark_product, run_product
from benchmarks.speed.case import Request, case_result
from dagster_project.product import Product

# From the features (dbt builds the marts they read in the same step) to the published snapshot.
BEFORE_FEATURES = ("ingest",)


def generated_run(request: Request, retail: Retail, **overrides: Any) -> tuple[Product, ProductRun]:
    """Generate a delivery and run the product of the task `scale` on it."""
    delivery = request.folder / f"delivery_{retail.n_series}"
    delivery.mkdir(parents=True)
    write_delivery(retail, delivery)
    product = benchmark_product("scale", **overrides)
    return product, run_product(product, request.folder / f"home_{retail.n_series}", delivery)


def step_figures(run: ProductRun) -> dict[str, dict[str, float]]:
    """Seconds, memory and rows of every step, and of the steps from the features on together."""
    steps = {}
    for step in run.steps:
        figures = {"wall_s": step["wall_s"], "cpu_s": step["cpu_s"], "peak_rss_mb": step["peak_rss_mb"]}
        steps[step["step"]] = {**figures, **({"rows": step["rows_out"]} if step["rows_out"] is not None else {})}
    later = [figures for name, figures in steps.items() if name not in BEFORE_FEATURES]
    together = {name: sum(figures[name] for figures in later) for name in ("wall_s", "cpu_s")}
    together["peak_rss_mb"] = max((figures["peak_rss_mb"] for figures in later), default=0.0)
    return {**steps, "features to snapshot": together}


def scale(request: Request) -> dict[str, Any]:
    """One full run, each step by itself."""
    retail = Retail.of_series(request.n_series)
    product, run = generated_run(request, retail)
    protocol = {
        "data": f"generated retail demand, seed {SEED}",
        "n_series": retail.n_series,
        "n_days": retail.n_days,
        "horizon": HORIZON,
        "candidates": list(product.models.candidates),
        "backtest_windows": product.backtest.n_windows + product.backtest.n_calibration_windows,
        "published": run.published,
        "clock": "one run in a cold process; steps as the product's own ledger has them",
    }
    return case_result("scale", protocol, step_figures(run), run.cost)
