"""Contributions of the served forecasts that the global model has a part in, for as many rows as the product allows."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.product import Product
from forecasting.bundle import explain_with_bundle
from forecasting.explanations import contribution_table, rows_to_explain, within_ensemble
from forecasting.model_names import ENSEMBLE, GLOBAL_MODEL
from forecasting.run import ForecastResult
from forecasting.tables import CONTRIBUTIONS, empty


def explain(product: Product, bundle: Path | None, rows: pa.Table | None, result: ForecastResult) -> pa.Table:
    """`CONTRIBUTIONS` of series served by the global model or by an ensemble that it has a weight in.

    Empty when there is no such series, or the product wants none.
    """
    settings = product.models.explanations
    if bundle is None or rows is None:
        return empty(CONTRIBUTIONS)
    left, tables = settings.max_rows, []
    for model in (GLOBAL_MODEL, ENSEMBLE):
        chosen = rows_to_explain(rows, _served_by(model, result), left)
        if chosen.num_rows == 0:
            continue
        left -= chosen.num_rows
        contributions, n_members = explain_with_bundle(bundle, chosen), 0
        if model == ENSEMBLE and result.ensemble_weights is not None:
            members = [name for name in result.ensemble_weights.column_names if name != "unique_id"]
            forecasts = {member: result.forecast_rows.where("model", member) for member in members}
            contributions = within_ensemble(
                chosen, contributions, result.ensemble_weights, forecasts, explained=GLOBAL_MODEL
            )
            n_members = len(members) - 1
        tables.append(
            contribution_table(
                chosen,
                contributions,
                result.forecast_rows.where("model", model),
                model=model,
                # Every member is named, however little it says.
                n_features=settings.n_features + n_members,
            )
        )
    return pa.concat_tables(tables) if tables else empty(CONTRIBUTIONS)


def _served_by(model: str, result: ForecastResult) -> pa.Array:
    served = result.choices.filter(pc.equal(result.choices.column("model"), model)).column("unique_id")
    if model == ENSEMBLE and result.ensemble_weights is not None:
        weights = result.ensemble_weights
        if GLOBAL_MODEL not in weights.column_names:
            return pa.array([], pa.string())
        with_trees = weights.filter(pc.greater(weights.column(GLOBAL_MODEL), 0.0)).column("unique_id")
        served = served.filter(pc.is_in(served.cast(pa.string()), value_set=with_trees.combine_chunks()))
    return served.combine_chunks()
