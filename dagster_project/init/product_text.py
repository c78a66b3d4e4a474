"""The inferred product as a commented YAML file that people like to edit."""

from __future__ import annotations

import glob
import json
from collections.abc import Iterable
from dataclasses import dataclass

from dagster_project.frequency import Frequency
from dagster_project.init.choices import Choices
from dagster_project.init.driver_roles import Roles
from dagster_project.init.given import Given
from dagster_project.init.history import History
from dagster_project.init.names import distinct_identifiers, identifier
from dagster_project.number_format import PLAIN, NumberFormat
from forecasting.candidate_choice import candidates_of

_PROMOTION_WORDS = frozenset({"promo", "promotion", "promotions", "onpromotion", "campaign", "deal"})
_PRICE_WORDS = frozenset({"price", "prices"})
_MAX_LEVELS = 6


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything that was inferred; `explained`: topic, choice and reason, in the order of the questions."""

    name: str
    given: Given
    keys: list[str]
    n_distinct_keys: dict[str, int]
    freq: Frequency
    timezone: str
    time_format: str | None
    number_format: NumberFormat
    history: History
    choices: Choices
    roles: Roles
    explained: list[tuple[str, str, str]]


def product_text(draft: Draft) -> str:
    """YAML that `load_product` accepts; each choice stands beside its reason."""
    key_names = distinct_identifiers(draft.keys) or {"": "series"}
    driver_names = distinct_identifiers((facts.name for facts, _, _ in draft.roles.drivers), key_names.values())
    taken = [*key_names.values(), *driver_names.values()]
    attribute_names = distinct_identifiers((facts.name for facts in draft.roles.attributes), taken)
    reasons = {topic: reason for topic, _, reason in draft.explained}
    choices, history, given = draft.choices, draft.history, draft.given
    unit, negative = identifier(given.target), str(history.allow_negative).lower()
    target = f"{unit}, unit: {unit}"
    lines = [
        f"# Written by `forecast init` from {given.observations.name}; every line may be edited.",
        f"# {history.n_series:,} series, {history.n_rows:,} rows, {history.span}.",
        f"name: {draft.name}",
        f"title: {_quoted(f'{given.target} by {_joined(key_names.values())}')}",
        "source_system: tidy",
        "# What the forecast is for; reports and alerts quote these sentences.",
        "problem:",
        "  decision: Say what is decided from this forecast.",
        "  consumer: Say who uses it.",
        "  on_late: Say what happens when it is late.",
        "  on_wrong: Say what too high and too low cost.",
        "  fallback: Seasonal naive, the same period of the last season.",
        "  cadence: With every delivery.",
        'owners: {data: "team:data", model: "team:forecasting"}',
        f"freq: {draft.freq.alias}{_why(reasons.get('freq'))}",
        f"season_lengths: {list(choices.season_lengths)}{_why(reasons['season_lengths'])}",
        f"horizon: {choices.horizon}{_why(reasons['horizon'])}",
        f"keys: [{', '.join(key_names.values())}]{_why(reasons.get('keys'))}",
        f"target: {{name: {target}, kind: {history.kind}, allow_negative: {negative}}}{_why(reasons['target'])}",
    ]
    lines += _drivers(draft, driver_names)
    lines += _attributes(draft, attribute_names)
    lines += _hierarchy(draft, key_names, attribute_names)
    lines.append(f"timezone: {draft.timezone}{_why(reasons.get('timezone'))}")
    if given.country:
        lines.append(f"country: {_quoted(given.country)}")
    lines += _entities(draft)
    lines += _models(draft, reasons)
    lines += [
        "# Which delivered column plays which role.",
        "tidy:",
        f"  time: {_quoted(given.time)}",
        f"  target: {_quoted(given.target)}",
        f"  keys: {_mapping((name, column or None) for column, name in key_names.items())}",
    ]
    if draft.roles.drivers:
        pairs = ((driver_names[facts.name], facts.name) for facts, _, _ in draft.roles.drivers)
        lines += [f"  drivers: {_mapping(pairs)}", f"  driver_entity: {draft.roles.driver_entity}"]
    if draft.roles.attributes:
        pairs = ((attribute_names[facts.name], facts.name) for facts in draft.roles.attributes)
        lines += [f"  attributes: {_mapping(pairs)}", f"  attribute_entity: {draft.roles.attribute_entity}"]
    if draft.time_format:
        lines.append(f"  time_format: {_quoted(draft.time_format)}{_why(reasons['time'])}")
    if draft.number_format != PLAIN:
        lines.append(f"  number_format: {_quoted(draft.number_format)}{_why(reasons['number_format'])}")
    if draft.roles.known_at:
        lines.append(f"  known_at: {_quoted(draft.roles.known_at)}")
    return "\n".join(lines) + "\n"


def _models(draft: Draft, reasons: dict[str, str]) -> list[str]:
    choices = draft.choices
    windows = f"n_windows: {choices.n_windows}, n_calibration_windows: {choices.n_calibration_windows}"
    origins = f"origin_step: {choices.origin_step}, n_origins: {choices.n_origins}"
    per_origin = min(4, choices.horizon)
    return [
        "models:",
        f"  candidates: auto  # today: {_joined(candidates_of(choices.models))}",
        "  selection: product",
        f"backtest: {{{windows}, step_size: {choices.horizon}, refit: first}}{_why(reasons['backtest'])}",
        f"features: {{{origins}, horizons_per_origin: {per_origin}, windows: {list(draft.freq.windows)}}}",
    ]


def _drivers(draft: Draft, names: dict[str, str]) -> list[str]:
    if not draft.roles.drivers:
        return []
    lines = ["# ahead: planned, usable beyond the cutoff. past: only its history is used. When in doubt, past."]
    lines.append("drivers:")
    for facts, known, reason in draft.roles.drivers:
        name = names[facts.name]
        event = _event(name, facts.kind)
        lines.append(f"  - {{name: {name}, kind: {facts.kind}, known: {known}{event}}}{_why(reason)}")
    return lines


def _event(name: str, kind: str | None) -> str:
    """What its name says about a driver: the days of a promotion and the changes of a price stand on the time axis."""
    words = set(name.split("_"))
    if kind == "binary" and words & _PROMOTION_WORDS:
        return ", event: promotion"
    return ", event: price" if kind == "numeric" and words & _PRICE_WORDS else ""


def _attributes(draft: Draft, names: dict[str, str]) -> list[str]:
    if not draft.roles.attributes:
        return []
    lines = ["attributes:"]
    for facts in draft.roles.attributes:
        kind = "numeric" if facts.is_number and facts.n_distinct > 12 else "categorical"
        lines.append(f"  - {{name: {names[facts.name]}, kind: {kind}}}  # about {facts.n_distinct} different values")
    return lines


def _hierarchy(draft: Draft, key_names: dict[str, str], names: dict[str, str]) -> list[str]:
    """One level per key and per attribute that groups series; total and series themselves are implicit."""
    n_series = draft.history.n_series
    groups = [(count, key_names[key]) for key, count in draft.n_distinct_keys.items()]
    groups += [(facts.n_distinct, names[facts.name]) for facts in draft.roles.attributes if facts.kind != "numeric"]
    levels = [name for count, name in sorted(groups) if 1 < count <= n_series / 2][:_MAX_LEVELS]
    return [f"hierarchy: [{', '.join(f'[{name}]' for name in levels)}]"] if levels else []


def _entities(draft: Draft) -> list[str]:
    given = draft.given
    files = {
        "observations": [given.observations.name] if given.observations else [],
        "drivers": [given.drivers.name] if given.drivers else [],
        "attributes": [given.attributes.name] if given.attributes else [],
    }
    lines = ["# Each delivery holds the whole history (mode full), or what is new (incremental)."]
    lines.append("entities:")
    for entity, named in files.items():
        patterns = ", ".join(_quoted(pattern) for pattern in (*map(glob.escape, named), f"{entity}*"))
        optional = "" if entity == "observations" else ", optional: true"
        lines.append(f"  {entity}: {{contract: tidy.{entity}, mode: full, files: [{patterns}]{optional}}}")
    lines.append('ignored_files: ["*"]  # other files in a delivered folder are left alone')
    return lines


def _mapping(pairs: Iterable[tuple[str, str | None]]) -> str:
    return "{" + ", ".join(f"{name}: {'null' if column is None else _quoted(column)}" for name, column in pairs) + "}"


def _quoted(text: str) -> str:
    """A YAML text in double quotes: JSON strings are YAML."""
    return json.dumps(text, ensure_ascii=False)


def _why(reason: str | None) -> str:
    return f"  # {' '.join(reason.split())}" if reason else ""


def _joined(names: Iterable[str]) -> str:
    return ", ".join(names)
