"""Feature rows straight from the warehouse: a short connection per read, nothing held while a model trains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from dagster_project.pipeline.coded_reading import SeriesNames
from dagster_project.sql_text import literal, quoted
from dagster_project.warehouse import Warehouse

BATCHES = "select first_number, last_number from features.feature_batches order by first_number"
# Targets that counted otherwise for models that learnt at an earlier cutoff than the live one.
AS_KNOWN_THEN = """(
    select features.* replace (
        case when known.ds is null then features.y else known.y end as y,
        case when known.ds is null then features.is_stockout else known.is_stockout end as is_stockout
    )
    from features.features as features
    left join features.feature_known_targets as known
        on features.series_number = known.series_number and features.ds = known.ds and known.cutoff = $cutoff
)"""
KEYS = ("unique_id", "series_number", "cutoff", "ds", "h", "is_training_sample", "y", "is_stockout")


@dataclass(frozen=True)
class WarehouseFeatures:
    """The feature rows of a product, as `forecasting` wants them loaded."""

    warehouse: Warehouse
    features: tuple[str, ...]
    targets_change: bool = False

    def training_rows(self, cutoff: datetime) -> pa.Table:
        """Sampled rows whose target was known at `cutoff`, in a stable order."""
        source = AS_KNOWN_THEN if self.targets_change else "features.features"
        return self._rows("is_training_sample and y is not null and not is_stockout and ds <= $cutoff", cutoff, source)

    def forecast_rows(self, cutoff: datetime) -> pa.Table:
        """Every row of the origin `cutoff`, in a stable order."""
        return self._rows("cutoff = $cutoff", cutoff)

    def latest(self, unique_ids: Sequence[str]) -> pa.Table:
        """The rows of a few series at the newest cutoff: the same that `forecast_rows` gives for all of them.

        One definition and one table serve training, the run and a look-up, so the three cannot differ.
        """
        columns = [*KEYS, *(name for name in self.features if name not in KEYS)]
        sql = (
            f"select {', '.join(quoted(name) for name in columns)} from features.features "  # noqa: S608
            "where cutoff = (select max(cutoff) from features.feature_cutoffs) and unique_id in "
            f"({', '.join(literal(name) for name in unique_ids) or 'null'}) order by series_number, cutoff, h"
        )
        return self.warehouse.read(sql)

    def _rows(self, condition: str, cutoff: datetime, source: str = "features.features") -> pa.Table:
        columns = [*KEYS[1:], *(name for name in self.features if name not in KEYS)]
        # Condition and source are those above; names come from the table's own columns.
        sql = (
            f"select {', '.join(quoted(name) for name in columns)} from {source} "  # noqa: S608
            f"where series_number between $first and $last and {condition} order by series_number, cutoff, h"
        )
        # Batch by batch, in their order: sorting all rows at once would hold them twice more, and the batches of Arrow
        # are chained, not copied.
        with self.warehouse.connect(read_only=True) as connection:
            batches = connection.execute(BATCHES).fetchall()
            parts = [
                connection.execute(sql, {"cutoff": cutoff, "first": first, "last": last}).to_arrow_table()
                for first, last in batches
            ]
        rows = pa.concat_tables(parts)
        return rows.add_column(0, KEYS[0], SeriesNames(self.warehouse).of(rows.column("series_number")))
