"""What the user of `forecast init` says."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import holidays

from dagster_project.errors import UsageError
from dagster_project.init.names import identifier
from dagster_project.product import shipped_products


@dataclass(frozen=True, slots=True)
class Given:
    """What the user says; None is inferred. `keys=()` is a single series without a key column."""

    observations: Path
    time: str
    target: str
    keys: tuple[str, ...] | None = None
    drivers: Path | None = None
    attributes: Path | None = None
    freq: str | None = None
    horizon: int | None = None
    name: str | None = None
    country: str | None = None
    timezone: str | None = None


def checked(given: Given) -> Given:
    """What the user says, with each key once and the country in capitals.

    Raises:
        UsageError: a column with two roles, a country without a calendar, or a name that no product may have.
    """
    roles = [given.time, given.target, *dict.fromkeys(given.keys or ())]
    doubled = sorted({column for column in roles if roles.count(column) > 1})
    if doubled:
        raise UsageError(
            "another column for each of --time, --target and --keys", f"{doubled[0]!r} twice", "Correct one of them."
        )
    country = given.country.upper() if given.country else None
    if country is not None and country not in holidays.list_supported_countries(include_aliases=False):
        raise UsageError("a two-letter country code such as ES or DE", repr(given.country), "Correct --country.")
    if given.name is not None and not re.fullmatch(r"[a-z][a-z0-9_]*", given.name):
        raise UsageError(
            "a name of small letters, digits and underscores",
            repr(given.name),
            f"Say --name {identifier(given.name, 'my_product')}.",
        )
    if given.name in shipped_products():
        raise UsageError("a name of your own", f"that of the shipped product {given.name}", "Say another --name.")
    keys = None if given.keys is None else tuple(dict.fromkeys(given.keys))
    return replace(given, keys=keys, country=country)


def product_name(given: Given) -> str:
    """The given name, or the one of the file; never that of a shipped product, whose files it would share."""
    name = given.name or identifier(given.observations.name.split(".")[0], "my_product")
    return f"my_{name}" if name in shipped_products() else name
