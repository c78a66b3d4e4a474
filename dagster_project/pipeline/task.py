"""A product, as the forecasting package sees it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from dagster_project.errors import ProductError, Where
from dagster_project.pipeline.candidates import product_candidates
from dagster_project.product import Product
from dagster_project.warehouse import Warehouse
from forecasting.candidate_choice import candidates_of
from forecasting.task import FeatureColumn, ForecastTask, LightGBMSettings

FEATURE_COLUMNS = """
    select columns.column_name as name, specification.is_categorical
    from duckdb_columns() as columns
    inner join features.feature_columns as specification on columns.column_name = specification.feature
    where columns.schema_name = 'features' and columns.table_name = 'features' and specification.is_used
    order by columns.column_index
"""


def forecast_task(product: Product, warehouse: Warehouse) -> ForecastTask:
    """The task of a product whose features are built.

    Raises:
        ProductError: a parameter of the product's models that the model does not have.
    """
    columns = warehouse.read(FEATURE_COLUMNS).to_pylist()
    return ForecastTask(
        freq=product.freq,
        season_lengths=product.season_lengths,
        horizon=product.horizon,
        quantile_levels=product.quantile_levels,
        target_kind=product.target.kind,
        allow_negative=product.target.allow_negative,
        candidates=candidates_of(product_candidates(product, warehouse)),
        selection_metric=product.models.metric,
        refit=product.backtest.refit,
        n_calibration_windows=product.backtest.n_calibration_windows,
        lightgbm=_lightgbm_settings(product),
        features=tuple(FeatureColumn(row["name"], bool(row["is_categorical"])) for row in columns),
    )


def _lightgbm_settings(product: Product) -> LightGBMSettings:
    given: dict[str, Any] = dict(product.models.parameters.get("lightgbm", {}))
    known = {field.name for field in fields(LightGBMSettings)}
    unknown = sorted(set(given) - known)
    if unknown:
        raise ProductError(
            expected=f"parameters of lightgbm among {', '.join(sorted(known))}",
            found=", ".join(unknown),
            do="Correct models.parameters.lightgbm in the product file.",
            where=Where(file=f"{product.name}.yml"),
        )
    if "level_features" in given:
        given["level_features"] = tuple(given["level_features"])
    return LightGBMSettings(**given)
