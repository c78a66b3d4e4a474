"""The schema of a source contract."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from dagster_project.errors import ContractError, Where
from dagster_project.number_format import PLAIN, NumberFormat
from dagster_project.product_sections import Owner, Sentence
from dagster_project.strict_settings import Settings
from dagster_project.strict_yaml import read_yaml, validation_fault

FOLDER = Path(__file__).resolve().parent

USUAL_INVALID_SHARE = 0.05
ColumnType = Literal["string", "integer", "number", "boolean", "date", "timestamp", "period"]


class Column(Settings):
    """One delivered column.

    `required`: the delivery must have the column; `nullable`: its values may be empty. `accepted`, `minimum` and
    `maximum` warn and name the value; `mean` (low, high) bounds the mean over all rows, whose shift no single value
    shows. `format`: strptime format of dates that are not ISO. `role` names a part of
    one's own data, whose delivered name and number format the product file gives.
    """

    name: str
    type: ColumnType
    description: Sentence
    unit: str | None = None
    required: bool = True
    nullable: bool = False
    accepted: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    mean: tuple[float, float] | None = None
    format: str | None = None
    number_format: NumberFormat = PLAIN
    role: Literal["time", "target", "key", "driver", "attribute", "known_at"] | None = None


class ServiceLevel(Settings):
    """When the feed is due, in the owner's time zone, and how old its last delivery may be."""

    due: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    timezone: str = "UTC"
    max_age_hours: Annotated[int, Field(ge=1)]


class LateArrival(Settings):
    """How late rows usually are, and how late they may be before somebody is asked."""

    expected_days: Annotated[int, Field(ge=0)]
    accepted_days: Annotated[int, Field(ge=0)]
    note: Sentence


class EntityContract(Settings):
    """One table of a source.

    `column_order`: whether another order of columns is a fault; `max_invalid_share`: the share of values of one column
    that may fail to be what the contract says before the whole delivery is refused (below it they are warned about,
    and the cleaning rules quarantine the rows). `incomplete_rows: refuse` allows none: one such value, or one that is
    empty where it must not be, refuses the file; for what people write by hand.
    """

    description: Sentence
    grain: Sentence
    primary_key: Annotated[tuple[str, ...], Field(min_length=1)]
    duplicates: Literal["latest", "sum", "reject"] = "latest"
    event_time: str | None
    known_at: str | None = None
    timezone: str = "UTC"
    column_order: Literal["strict", "any"] = "strict"
    max_invalid_share: Annotated[float, Field(ge=0, le=1)] = USUAL_INVALID_SHARE
    incomplete_rows: Literal["warn", "refuse"] = "warn"
    sla: ServiceLevel
    late_arrival: LateArrival
    quirks: tuple[Sentence, ...]
    blocks: tuple[Sentence, ...]
    warns: tuple[Sentence, ...]
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _named_columns_exist(self) -> EntityContract:
        names = [column.name for column in self.columns]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ValueError(f"expected every column once, found {doubled} twice")
        named = {*self.primary_key, *(name for name in (self.event_time, self.known_at) if name)}
        if named - set(names):
            raise ValueError(f"expected keys and times among the columns {names}, found {sorted(named - set(names))}")
        return self

    def column(self, name: str) -> Column:
        """The column of this name."""
        return next(column for column in self.columns if column.name == name)


class Contract(Settings):
    """One source: who answers for it and what each of its tables promises. `version` is semantic.

    `for_every_product`: it is no source system of its own; every product reads it beside its own.
    """

    source: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    title: Sentence
    owner: Owner
    channel: Sentence
    description: Sentence
    for_every_product: bool = False
    entities: Annotated[dict[str, EntityContract], Field(min_length=1)]


def shipped_contracts() -> tuple[str, ...]:
    """The sources that have a contract, in alphabetical order."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yml")))


@cache
def load_contract(source: str, folder: Path = FOLDER) -> Contract:
    """The contract of a source.

    Raises:
        ContractError: there is none, or its file is not a contract.
    """
    path = folder / f"{source}.yml"
    if not path.is_file():
        raise ContractError(
            f"a contract out of {', '.join(shipped_contracts())}", repr(source), f"Write {path.name} in contracts/."
        )
    try:
        contract = Contract.model_validate(read_yaml(path, ContractError))
    except ValidationError as error:
        raise validation_fault(error, path, Contract, ContractError) from error
    if contract.source != source:
        raise ContractError(f"source: {source}", contract.source, "Name file and source alike.", Where(file=path.name))
    return contract
