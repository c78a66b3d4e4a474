"""Plans and calendar for models that learn from every period, as the features know them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dagster_project.pipeline.coded_reading import NAMES, SeriesNames
from dagster_project.product import Product
from dagster_project.sql_text import quoted
from dagster_project.warehouse import Warehouse
from forecasting.model_names import DRIVER_MODEL

if TYPE_CHECKING:
    from forecasting.regressors import Regressors

CALENDAR = """
    select
        ds::timestamp as ds, day_of_month, days_to_month_end, day_of_year,
        is_holiday, next_holiday_code, days_to_holiday, days_since_holiday
    from features.feature_calendar
    order by period_index
"""
SILENCE_MEANS_NONE = "select not lists_every_period as means_none from features.feature_plans"


def read_regressors(product: Product, warehouse: Warehouse, candidates: Sequence[str]) -> Regressors | None:
    """What is known ahead about every series and period; None where no candidate asks for it."""
    if DRIVER_MODEL not in candidates:
        return None
    from forecasting.regressors import Regressors  # noqa: PLC0415

    kinds = {driver.name: driver.kind for driver in product.drivers if driver.known == "ahead"}
    # In any order: they become a grid. Names come from the product's own settings.
    columns = ", ".join(["series_number", "ds::timestamp as ds", "known_index", *(quoted(name) for name in kinds)])
    rows = warehouse.read(f"select {columns} from features.feature_driver_values")  # noqa: S608
    return Regressors.of(
        SeriesNames(warehouse).named(rows),
        warehouse.read(CALENDAR),
        warehouse.read(NAMES).column("unique_id").to_numpy(),
        kinds,
        product.freq,
        silence_means_none=bool(warehouse.read(SILENCE_MEANS_NONE)["means_none"][0].as_py()),
    )
