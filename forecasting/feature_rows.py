"""Feature rows: which columns a model learns from, in which order and of which type.

One row says what was known at `cutoff` about `unique_id` on day `ds`. The columns named in `KEY_COLUMNS` say which
row it is or what happened; every other column is a feature.
"""

import hashlib
import json
import re
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from forecasting.errors import FeatureMismatchError
from forecasting.task import FeatureColumn

KEY_COLUMNS = ("unique_id", "series_number", "cutoff", "ds", "is_training_sample", "y", "is_stockout")
# Features whose values are in units of the target; where the target is seen relative to a level, so are they.
_IN_TARGET_UNITS = re.compile(
    r"lag_\d+|rolling_(mean|std|median|min|max)_\d+|adjusted_mean_\d+|expected_demand(_by_year)?|group_mean_.+"
    r"|(second_season_)?aligned_(mean_|median_)?\d+"
    r"|year_aligned|year_aligned_mean|same_state_mean_\d+"
)
# Those of them that speak of periods like the target period: the same place in the season, year or plan.
_OF_LIKE_PERIODS = re.compile(
    r"expected_demand(_by_year)?|(second_season_)?aligned_(mean_|median_)?\d+|year_aligned|same_state_mean_\d+"
)
# Features of the target period itself, which may say for certain that nothing happens in it.
_OF_TARGET_PERIOD = re.compile(r"driver_(?!.*_(previous|next|run|remaining)$).+|is_.+")


@dataclass(frozen=True)
class FeatureSchema:
    """The features of a model in their order: names, Arrow types as text, and which of them are codes."""

    names: tuple[str, ...]
    data_types: tuple[str, ...]
    categorical: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Sixteen hex digits that change when a name, a type, the order or a categorical flag changes."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def without(self, names: Collection[str]) -> "FeatureSchema":
        """The schema less some of its features."""
        kept = [pair for pair in zip(self.names, self.data_types, strict=True) if pair[0] not in names]
        return FeatureSchema(
            names=tuple(name for name, _ in kept),
            data_types=tuple(kind for _, kind in kept),
            categorical=tuple(name for name in self.categorical if name not in names),
        )

    def as_manifest(self) -> list[dict[str, Any]]:
        """One entry per feature, as the manifest of a bundle stores it."""
        pairs = zip(self.names, self.data_types, strict=True)
        return [{"name": name, "data_type": kind, "categorical": name in self.categorical} for name, kind in pairs]

    @classmethod
    def from_manifest(cls, entries: Sequence[dict[str, Any]]) -> "FeatureSchema":
        """The inverse of `as_manifest`."""
        return cls(
            names=tuple(str(entry["name"]) for entry in entries),
            data_types=tuple(str(entry["data_type"]) for entry in entries),
            categorical=tuple(str(entry["name"]) for entry in entries if entry["categorical"]),
        )


def learn_schema(rows: pa.Table, features: Sequence[FeatureColumn], max_categories: int) -> FeatureSchema:
    """The features that these training rows can teach: a column that is entirely null is left out.

    Codes with more than `max_categories` distinct values stay numeric: LightGBM's category splits are slow there
    and overfit. Empty `features` means every column that is not a key.
    Raises `FeatureMismatchError` when a named feature is missing or a column is not numeric.
    """
    chosen = tuple(features) or tuple(FeatureColumn(name) for name in rows.column_names if name not in KEY_COLUMNS)
    missing = [feature.name for feature in chosen if feature.name not in rows.column_names]
    if missing:
        raise FeatureMismatchError(
            f"expected the features {missing} in the feature rows; found {rows.column_names}. "
            "Add them to the feature table, or take them off the list of features."
        )
    kept, types, categorical = [], [], []
    for feature in chosen:
        column = rows.column(feature.name)
        if column.null_count == len(column):
            continue
        _refuse_text(feature.name, column.type)
        kept.append(feature.name)
        types.append(str(column.type))
        if feature.is_categorical and pc.count_distinct(column).as_py() <= max_categories:
            categorical.append(feature.name)
    if not kept:
        raise FeatureMismatchError(
            f"expected at least one feature with a value; all of {[feature.name for feature in chosen]} are null "
            f"in {rows.num_rows} rows. Check that the features were built for this cutoff."
        )
    return FeatureSchema(tuple(kept), tuple(types), tuple(categorical))


def feature_block(rows: pa.Table, schema: FeatureSchema) -> pa.Table:
    """The columns of `schema`, in its order and nothing else; no values are copied.

    Raises `FeatureMismatchError` when a feature is missing or has another type than at training: LightGBM goes by
    position and would answer with wrong numbers instead of an error.
    """
    missing = [name for name in schema.names if name not in rows.column_names]
    if missing:
        raise FeatureMismatchError(
            f"expected the features the model was trained on; missing {missing}. "
            "Rebuild the features with the specification of that model, or train a new one."
        )
    for name, expected in zip(schema.names, schema.data_types, strict=True):
        found = str(rows.schema.field(name).type)
        if found != expected:
            raise FeatureMismatchError(
                f"expected feature {name!r} as {expected}, as at training; found {found}. "
                "Rebuild the features with the specification of that model, or train a new one."
            )
    return rows.select(list(schema.names))


def is_in_target_units(name: str) -> bool:
    """Whether the values of a feature of the specification are in units of the target."""
    return _IN_TARGET_UNITS.fullmatch(name) is not None


def describes_like_periods(name: str) -> bool:
    """Whether a feature in units of the target is about periods like the target period, not about the series."""
    return _OF_LIKE_PERIODS.fullmatch(name) is not None


def describes_target_period(name: str) -> bool:
    """Whether a feature of the specification states a fact about `ds` itself: a driver, a holiday."""
    return _OF_TARGET_PERIOD.fullmatch(name) is not None


def training_mask(rows: pa.Table, cutoff: datetime) -> NDArray[np.bool_]:
    """Which rows may teach a model standing at `cutoff`: sampled, already known, and not a stock-out."""
    cutoff_us = np.datetime64(cutoff, "us")
    mask: NDArray[np.bool_] = (timestamps(rows, "ds") <= cutoff_us) & ~np.isnan(floats(rows, "y"))
    if "is_training_sample" in rows.column_names:
        mask &= flags(rows, "is_training_sample")
    if "is_stockout" in rows.column_names:
        mask &= ~flags(rows, "is_stockout")
    return mask


def floats(rows: pa.Table, name: str) -> NDArray[np.float64]:
    """A numeric column as float64, null as NaN."""
    column = pc.cast(rows.column(name), pa.float64())
    return np.asarray(column.to_numpy(), dtype=np.float64)


def flags(rows: pa.Table, name: str) -> NDArray[np.bool_]:
    """A boolean column, null as false."""
    return np.asarray(pc.fill_null(rows.column(name), False).to_numpy(), dtype=bool)


def timestamps(rows: pa.Table, name: str) -> NDArray[np.datetime64]:
    """A date or timestamp column in microseconds."""
    return np.asarray(pc.cast(rows.column(name), pa.timestamp("us")).to_numpy()).astype("datetime64[us]")


def _refuse_text(name: str, kind: pa.DataType) -> None:
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
        raise FeatureMismatchError(
            f"expected feature {name!r} to be numeric or boolean; found {kind}. "
            "Code categories as integers in the feature table."
        )
