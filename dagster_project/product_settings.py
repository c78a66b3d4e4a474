"""A product: one forecasting problem in one YAML file; everything that varies between problems is here."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from dagster_project.alerting.settings import Notifications
from dagster_project.frequency import Frequency, frequency
from dagster_project.product_sections import (
    Attribute,
    Backtest,
    CalendarSettings,
    DataSettings,
    Driver,
    Entity,
    Features,
    Gates,
    Generator,
    Identifier,
    ModelSettings,
    Owners,
    Problem,
    Publish,
    Sentence,
    Target,
    Tidy,
)
from dagster_project.strict_settings import Settings

ADJUSTMENTS = "adjustments"
BY_HAND = {
    "contract": "adjustments.adjustments",
    "mode": "incremental",
    "files": ["adjustments*.csv", "adjustments*.xlsx"],
    "optional": True,
}
KEY_SLOTS, DRIVER_SLOTS, ATTRIBUTE_SLOTS = 4, 16, 8
# Columns of the marts and features; a key, driver or attribute of the same name would hide one of them.
RESERVED = frozenset(
    {
        *("unique_id", "series_number", "ds", "y", "yhat", "cutoff", "h", "level", "parent_id", "period_index", "unit"),
        *("first_ds", "last_ds", "n_observations", "status", "demand_class", "known_at", "valid_from", "valid_to"),
        *("is_imputed", "is_stockout", "is_outlier", "is_training_sample", "is_stale", "model", "model_version"),
        *("forecast_source", "run_id", "generated_at", "yhat_lower", "yhat_upper", "q10", "q50", "q90"),
        # A slot of this name counts as one without a driver, and its column as null.
        *(f"driver_{slot:02d}" for slot in range(1, DRIVER_SLOTS + 1)),
    }
)


class Product(Settings):
    """One forecasting problem, as its YAML file states it."""

    name: Identifier
    title: Sentence
    source_system: Identifier
    problem: Problem
    owners: Owners
    freq: str
    season_lengths: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1)]
    horizon: Annotated[int, Field(ge=1, le=1000)]
    keys: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=KEY_SLOTS)]
    target: Target
    drivers: Annotated[tuple[Driver, ...], Field(max_length=DRIVER_SLOTS)] = ()
    attributes: Annotated[tuple[Attribute, ...], Field(max_length=ATTRIBUTE_SLOTS)] = ()
    hierarchy: tuple[Annotated[tuple[Identifier, ...], Field(min_length=1)], ...] = ()
    timezone: str = "UTC"
    country: str | None = None
    subdivision: str | None = None
    entities: Annotated[dict[Identifier, Entity], Field(min_length=1)]
    ignored_files: tuple[str, ...] = ()
    data: DataSettings = DataSettings()
    calendar: CalendarSettings = CalendarSettings()
    models: ModelSettings = ModelSettings()
    backtest: Backtest = Backtest()
    features: Features = Features()
    quantile_levels: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    publish: Publish = Publish()
    gates: Gates = Gates()
    notifications: Notifications = Notifications()
    generator: Generator | None = None
    tidy: Tidy | None = None

    @field_validator("freq")
    @classmethod
    def _freq_is_supported(cls, freq: str) -> str:
        return frequency(freq).alias

    @field_validator("timezone")
    @classmethod
    def _timezone_exists(cls, timezone: str) -> str:
        try:
            ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"expected a time zone such as Europe/Madrid, found {timezone!r}") from error
        return timezone

    @field_validator("country", "subdivision", mode="before")
    @classmethod
    def _country_is_text(cls, value: object) -> object:
        if isinstance(value, bool):
            raise ValueError("YAML reads an unquoted NO as false; write country: 'NO'")  # noqa: TRY004 - pydantic
        return value

    @field_validator("country")
    @classmethod
    def _country_is_a_code(cls, country: str | None) -> str | None:
        if country is not None and not re.fullmatch(r"[A-Z]{2}", country):
            raise ValueError(f"expected a two-letter ISO code such as DE, found {country!r}")
        return country

    @field_validator("quantile_levels")
    @classmethod
    def _levels_hold_the_served_ones(cls, levels: tuple[float, ...]) -> tuple[float, ...]:
        if (
            not {0.1, 0.5, 0.9} <= set(levels)
            or sorted(set(levels)) != list(levels)
            or not 0 < levels[0] <= levels[-1] < 1
        ):
            raise ValueError(f"expected growing levels between 0 and 1 with 0.1, 0.5 and 0.9, found {list(levels)}")
        return levels

    @model_validator(mode="before")
    @classmethod
    def _takes_adjustments(cls, settings: Any) -> Any:
        """Every product takes adjustments by hand, unless it says itself how they are delivered."""
        if not isinstance(settings, dict) or not isinstance(settings.get("entities"), dict):
            return settings
        entities = settings["entities"]
        return settings if ADJUSTMENTS in entities else {**settings, "entities": {**entities, ADJUSTMENTS: BY_HAND}}

    @model_validator(mode="after")
    def _names_are_distinct(self) -> Product:
        names = [*self.keys, *(driver.name for driver in self.drivers), *(item.name for item in self.attributes)]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ValueError(f"expected every key, driver and attribute once, found {doubled} more than once")
        taken = sorted(RESERVED.intersection(names))
        if taken:
            raise ValueError(f"expected names that no table of ours uses, found {taken}; choose others")
        return self

    @model_validator(mode="after")
    def _hierarchy_is_known(self) -> Product:
        known = {*self.keys, *(item.name for item in self.attributes)}
        unknown = sorted({name for level in self.hierarchy for name in level} - known)
        if unknown:
            raise ValueError(f"expected hierarchy levels of keys and attributes {sorted(known)}, found {unknown}")
        return self

    @model_validator(mode="after")
    def _critical_segments_are_known(self) -> Product:
        known = {*self.keys, *(item.name for item in self.attributes)}
        for segment in self.gates.critical_segments:
            unknown = sorted(set(segment.where) - known)
            if unknown:
                raise ValueError(
                    f"expected gates.critical_segments {segment.name!r} to name keys and attributes of "
                    f"{sorted(known)}, found {unknown}"
                )
        return self

    @model_validator(mode="after")
    def _unit_value_is_known(self) -> Product:
        known = {*(driver.name for driver in self.drivers), *(item.name for item in self.attributes)}
        if self.target.unit_value is not None and self.target.unit_value not in known:
            raise ValueError(
                f"expected target.unit_value to name a driver or attribute of {sorted(known)}, "
                f"found {self.target.unit_value!r}"
            )
        return self

    @model_validator(mode="after")
    def _tidy_is_complete(self) -> Product:
        if (self.source_system == "tidy") != (self.tidy is not None):
            raise ValueError("expected a section `tidy` exactly when source_system is tidy")
        if self.tidy is None:
            return self
        expected = {
            "keys": set(self.keys),
            "drivers": {driver.name for driver in self.drivers},
            "attributes": {item.name for item in self.attributes},
        }
        for role, names in expected.items():
            mapped = set(getattr(self.tidy, role))
            if mapped != names:
                raise ValueError(f"expected tidy.{role} to map {sorted(names)}, found {sorted(mapped)}")
        return self

    @property
    def frequency(self) -> Frequency:
        """What the alias means: interval, length of a period, sub-daily or not."""
        return frequency(self.freq)

    @property
    def ds_type(self) -> str:
        """SQL type of `ds`: date for daily and longer periods, timestamp (UTC) for shorter ones."""
        return "timestamp" if self.frequency.is_subdaily else "date"

    @property
    def period_interval(self) -> str:
        """One period as DuckDB interval text, such as `1 day` or `30 minutes`."""
        return self.frequency.interval

    @property
    def season_length(self) -> int:
        """The main season in periods: the one of seasonal naive and MASE."""
        return self.season_lengths[0]

    @property
    def key_slots(self) -> tuple[str, ...]:
        """Four names: the keys, then `key_3`, `key_4` for what is not used."""
        return _padded(self.keys, KEY_SLOTS, "key_{}")

    @property
    def driver_slots(self) -> tuple[str, ...]:
        """Sixteen names: the drivers in order, then `driver_05` and so on."""
        return _padded(tuple(driver.name for driver in self.drivers), DRIVER_SLOTS, "driver_{:02d}")

    @property
    def attribute_slots(self) -> tuple[str, ...]:
        """Eight names: the attributes in order, then `attribute_5` and so on."""
        return _padded(tuple(item.name for item in self.attributes), ATTRIBUTE_SLOTS, "attribute_{}")

    def source_of(self, entity: str) -> str:
        """The source that an entity comes from: the product's own, or one that serves every product."""
        settings = self.entities.get(entity)
        return settings.contract.partition(".")[0] if settings else self.source_system

    @property
    def feature_contracts(self) -> dict[str, float]:
        """The share of the horizon's rows that must know each planned driver, by the name of its feature."""
        return {driver.feature: driver.min_coverage for driver in self.drivers if driver.known == "ahead"}

    @property
    def config_hash(self) -> str:
        """Twelve hex digits that change when any setting changes, and not with the order or comments of the file.

        Who is told of what goes wrong changes no number.
        """
        return hashlib.sha256(self.model_dump_json(exclude={"notifications"}).encode()).hexdigest()[:12]

    def describe(self) -> dict[str, Any]:
        """The settings as plain JSON values."""
        return self.model_dump(mode="json")


def _padded(names: tuple[str, ...], slots: int, pattern: str) -> tuple[str, ...]:
    return (*names, *(pattern.format(slot) for slot in range(len(names) + 1, slots + 1)))
