"""A product, as the forecasting package sees it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from dagster_project.errors import ContractError, ProductError, Where
from dagster_project.pipeline.candidates import product_candidates
from dagster_project.product import Product
from dagster_project.warehouse import Warehouse
from forecasting.candidate_choice import candidates_of
from forecasting.task import FeatureColumn, ForecastTask, LightGBMSettings

FEATURE_COLUMNS = """
    select columns.column_name as name, specification.is_categorical, specification.availability
    from duckdb_columns() as columns
    inner join features.feature_columns as specification on columns.column_name = specification.feature
    where columns.schema_name = 'features' and columns.table_name = 'features' and specification.is_used
    order by columns.column_index
"""


# When a feature may stand beside a period that has not happened yet.
KNOWN_AT_THE_HORIZON = frozenset({"known ahead", "at the cutoff"})


def forecast_task(product: Product, warehouse: Warehouse) -> ForecastTask:
    """The task of a product whose features are built.

    Raises:
        ProductError: a parameter of the product's models that the model does not have.
        ContractError: a feature that is only observed afterwards would be used at the horizon.
    """
    columns = warehouse.read(FEATURE_COLUMNS).to_pylist()
    _refuse_observed(product, columns)
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
        bias_correction=product.models.bias_correction,
        lightgbm=_lightgbm_settings(product),
        features=tuple(FeatureColumn(row["name"], bool(row["is_categorical"])) for row in columns),
    )


def _refuse_observed(product: Product, columns: list[dict[str, Any]]) -> None:
    """A model that learnt from what is observed afterwards would find it empty, or leaked, at the horizon."""
    past = {driver.feature for driver in product.drivers if driver.known == "past"}
    observed = sorted(
        row["name"] for row in columns if row["availability"] not in KNOWN_AT_THE_HORIZON or row["name"] in past
    )
    if observed:
        raise ContractError(
            expected="features that are known ahead or at the cutoff in the rows of the horizon",
            found=f"{', '.join(observed)}, observed only afterwards",
            do="Use lags of it, or declare the driver `known: ahead` if it is planned.",
            where=Where(file=f"{product.name}.yml"),
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
