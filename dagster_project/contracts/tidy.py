"""The contract of an entity as one product sees it: roles of one's own data become the delivered column names."""

from __future__ import annotations

from collections.abc import Iterator

from dagster_project.contracts.contract import Column, EntityContract, load_contract
from dagster_project.errors import ContractError
from dagster_project.product_sections import Tidy
from dagster_project.product_settings import Product


def entity_contract(product: Product, entity: str) -> EntityContract:
    """What a delivery of this entity of this product must look like.

    Raises:
        ContractError: the product names a contract that does not exist.
    """
    settings = product.entities.get(entity)
    reference = settings.contract if settings else f"{product.source_system}.{entity}"
    source, _, table = reference.partition(".")
    entities = load_contract(source).entities
    if table not in entities:
        raise ContractError(
            f"an entity out of {', '.join(entities)}", f"{source}.{table}", f"Correct entities.{entity}.contract."
        )
    contract = entities[table]
    if product.tidy is None or source != product.source_system:
        return contract
    columns = tuple(
        resolved for column in contract.columns for resolved in _resolved(column, entity, product, product.tidy)
    )
    names = {column.name for column in columns}
    known_at = product.tidy.known_at
    return contract.model_copy(
        update={
            "columns": columns,
            "primary_key": tuple(column for column in product.tidy.keys.values() if column in names)
            + ((product.tidy.time,) if contract.event_time else ()),
            "event_time": product.tidy.time if contract.event_time else None,
            "known_at": known_at if known_at in names else None,
            "timezone": product.timezone,
        }
    )


# A binary driver may be written as numbers or as words.
_DRIVER_TYPES = {"binary": "boolean", "numeric": "number", "categorical": "string"}


def _resolved(column: Column, entity: str, product: Product, tidy: Tidy) -> Iterator[Column]:
    """The delivered columns that stand for one role."""
    match column.role:
        case None:
            yield column
        case "key":
            named = (tidy.keys[key] for key in product.keys)
            yield from (_named(column, name) for name in named if name is not None)
        case "time":
            yield _named(column, tidy.time, format=tidy.time_format)
        case "target":
            floor = None if product.target.allow_negative else 0.0
            yield _named(column, tidy.target, unit=product.target.unit, minimum=floor, number_format=tidy.number_format)
        case "driver" if tidy.driver_entity == entity:
            for driver in product.drivers:
                kind = _DRIVER_TYPES[driver.kind]
                yield _named(
                    column,
                    tidy.drivers[driver.name],
                    type=kind,
                    unit=driver.unit,
                    number_format=tidy.number_format,
                )
        case "attribute" if tidy.attribute_entity == entity:
            yield from (_named(column, tidy.attributes[attribute.name]) for attribute in product.attributes)
        case "known_at" if tidy.known_at is not None:
            yield _named(column, tidy.known_at)


def _named(column: Column, name: str, **update: object) -> Column:
    return column.model_copy(update={"name": name, "role": None, **update})
