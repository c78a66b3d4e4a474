"""What is generated from a contract: dbt's sources file with its tests, the schema file, and the one-page contract."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from dagster_project.contracts.contract import Column, Contract, EntityContract

SERVICE_LEVELS = "dbt_project/seeds/service_levels.csv"
_NOTICE = "generated from dagster_project/contracts/{source}.yml; change that file instead"


def schema_yml(contract: Contract) -> str:
    """The dbt sources file of one source: descriptions, units, owner, freshness and tests.

    Raw rows may be dirty, and cleaning judges them row by row; so the test of a table warns and never blocks. It is one
    test per table, as each costs a pass over the rows.
    Columns of one's own data are named by the product, so a contract of roles lists none.
    """
    enabled = True if contract.for_every_product else f"{{{{ var('source_system') == '{contract.source}' }}}}"
    source = {
        "name": contract.source,
        "description": contract.description,
        "config": {
            "enabled": enabled,
            "tags": ["raw"],
            "meta": {"owner": contract.owner, "channel": contract.channel, "contract_version": contract.version},
        },
        "tables": [_table(name, entity, enabled) for name, entity in contract.entities.items()],
    }
    body = yaml.safe_dump({"sources": [source]}, sort_keys=False, allow_unicode=True, width=110)
    return f"# {_NOTICE.format(source=contract.source)}\n{body}"


def _table(name: str, entity: EntityContract, enabled: bool | str) -> dict[str, Any]:
    table: dict[str, Any] = {
        "name": name,
        "description": f"Grain: {entity.grain}. {entity.description}",
        "config": {
            "loaded_at_field": "_as_of",
            "freshness": {"warn_after": {"count": entity.sla.max_age_hours, "period": "hour"}},
            "meta": {"primary_key": list(entity.primary_key), "duplicates": entity.duplicates},
        },
    }
    if any(column.role for column in entity.columns):
        return table
    if entity.incomplete_rows != "refuse":
        # Of what is refused before it comes here there is nothing left to look for.
        table["data_tests"] = [{"contract_values": _promises(name, entity, enabled)}]
    table["columns"] = [_column(column) for column in entity.columns]
    return table


def _promises(name: str, entity: EntityContract, enabled: bool | str) -> dict[str, Any]:
    promised = {
        "filled": [column.name for column in entity.columns if column.required and not column.nullable],
        "accepted": {column.name: list(column.accepted) for column in entity.columns if column.accepted},
    }
    means = {column.name: list(column.mean) for column in entity.columns if column.mean}
    config = {"severity": "warn", "enabled": enabled}
    arguments = {**promised, "means": means} if means else promised
    return {"name": f"contract_of_{name}", "arguments": arguments, "config": config}


def _column(column: Column) -> dict[str, Any]:
    unit = f" Unit: {column.unit}." if column.unit else ""
    return {"name": column.name, "description": column.description.rstrip(".") + "." + unit}


def table_schema(contract: Contract) -> str:
    """The schema file of one source: a Frictionless table schema per entity, as JSON."""
    entities = {
        name: {
            "description": entity.description,
            "primaryKey": list(entity.primary_key),
            "fields": [_field(column) for column in entity.columns],
        }
        for name, entity in contract.entities.items()
    }
    content = {"name": contract.source, "version": contract.version, "resources": entities}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _field(column: Column) -> dict[str, Any]:
    constraints = {
        "required": (column.required and not column.nullable) or None,
        "enum": list(column.accepted) or None,
        "minimum": column.minimum,
        "maximum": column.maximum,
    }
    field = {
        "name": column.name,
        "type": {"timestamp": "datetime", "period": "string"}.get(column.type, column.type),
        "format": column.format,
        "description": column.description,
        "unit": column.unit,
        "constraints": {name: value for name, value in constraints.items() if value is not None},
    }
    return {name: value for name, value in field.items() if value not in (None, {})}


def service_levels(contracts: Sequence[Contract]) -> str:
    """The seed that says when every feed is due and who answers for it, as CSV."""
    rows = [
        f"{contract.source},{name},{entity.sla.due},{entity.sla.timezone},{entity.sla.max_age_hours},{contract.owner}"
        for contract in contracts
        for name, entity in contract.entities.items()
    ]
    return "\n".join(["source_system,entity,due,timezone,max_age_hours,owner", *rows]) + "\n"


def generated_files(contract: Contract, root: Path) -> dict[Path, str]:
    """Path and text of every file that is generated from a contract, below the root of the checkout."""
    source = contract.source
    return {
        root / "models_sql" / "staging" / source / f"_{source}__sources.yml": schema_yml(contract),
        root / "docs" / "contracts" / f"{source}.md": contract_page(contract),
        root / "docs" / "contracts" / f"{source}.schema.json": table_schema(contract),
    }


def contract_page(contract: Contract) -> str:
    """The contract as one page of Markdown, for people who deliver and people who rely on it."""
    lines = [
        f"<!-- {_NOTICE.format(source=contract.source)} -->",
        f"# {contract.title}",
        "",
        contract.description,
        "",
        f"Source `{contract.source}`, contract {contract.version}.",
        f"Owner: {contract.owner}; reached through {contract.channel}.",
    ]
    for name, entity in contract.entities.items():
        lines += ["", f"## {name}", "", *_section(entity)]
    return "\n".join(lines) + "\n"


def _section(entity: EntityContract) -> list[str]:
    key = ", ".join(f"`{column}`" for column in entity.primary_key)
    due = f"{entity.sla.due} ({entity.sla.timezone}), never older than {entity.sla.max_age_hours} hours"
    late = entity.late_arrival
    return [
        f"{entity.description} Grain: {entity.grain}.",
        "",
        f"- Primary key: {key}; of repeated keys: {entity.duplicates}.",
        f"- Event time: {_or_none(entity.event_time)}; known at: {_or_none(entity.known_at)}; zone {entity.timezone}.",
        f"- Due: {due}.",
        f"- Late rows: usually within {late.expected_days} days, accepted for {late.accepted_days}. {late.note}",
        f"- Columns in another order: {'refused' if entity.column_order == 'strict' else 'accepted'}.",
        f"- {_refused(entity)}",
        "",
        "| column | type | unit | empty | accepted | meaning |",
        "|---|---|---|---|---|---|",
        *(_row(column) for column in entity.columns),
        "",
        *_listed("Quirks", entity.quirks),
        *_listed("Blocks", entity.blocks),
        *_listed("Warns", entity.warns),
    ]


def _refused(entity: EntityContract) -> str:
    if entity.incomplete_rows == "refuse":
        return "Refused with the first value that is empty, of another type or out of range."
    return f"Refused above {entity.max_invalid_share:.0%} of values that break their type."


def _row(column: Column) -> str:
    empty = "yes" if column.nullable else "no"
    name = f"`{column.name}`" + ("" if column.required else " (optional)")
    cells = (name, column.type, column.unit or "", empty, accepted_in_words(column), column.description)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def accepted_in_words(column: Column) -> str:
    """The accepted values or range of a column; empty text when anything goes."""
    if column.accepted:
        return ", ".join(column.accepted)
    bounds = (
        "" if column.minimum is None else f"from {column.minimum:g}",
        "" if column.maximum is None else f"to {column.maximum:g}",
        "" if column.format is None else f"format {column.format}",
        "" if column.mean is None else f"mean {column.mean[0]:g} to {column.mean[1]:g}",
    )
    return " ".join(bound for bound in bounds if bound)


def _listed(title: str, sentences: tuple[str, ...]) -> list[str]:
    return [f"**{title}.** " + " ".join(sentence.rstrip(".") + "." for sentence in sentences), ""]


def _or_none(column: str | None) -> str:
    return f"`{column}`" if column else "none"
