"""Contributions of the served forecasts of the global model, for as many rows as the product allows."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.product import Product
from forecasting.bundle import explain_with_bundle
from forecasting.explanations import contribution_table, rows_to_explain
from forecasting.model_names import GLOBAL_MODEL
from forecasting.run import ForecastResult
from forecasting.tables import CONTRIBUTIONS, empty


def explain(product: Product, bundle: Path | None, rows: pa.Table | None, result: ForecastResult) -> pa.Table:
    """`CONTRIBUTIONS`; empty when the global model serves no series, or the product wants none."""
    settings = product.models.explanations
    if bundle is None or rows is None:
        return empty(CONTRIBUTIONS)
    served = result.choices.filter(pc.equal(result.choices.column("model"), GLOBAL_MODEL))
    chosen = rows_to_explain(rows, served.column("unique_id").combine_chunks(), settings.max_rows)
    if chosen.num_rows == 0:
        return empty(CONTRIBUTIONS)
    contributions = explain_with_bundle(bundle, chosen)
    return contribution_table(
        chosen,
        contributions,
        result.forecast_rows.where("model", GLOBAL_MODEL),
        model=GLOBAL_MODEL,
        n_features=settings.n_features,
    )
