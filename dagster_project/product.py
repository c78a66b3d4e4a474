"""Finding and reading product files; every fault names the file, the key and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from dagster_project.errors import ProductError, Where
from dagster_project.product_settings import Product
from dagster_project.strict_yaml import read_yaml, validation_fault

__all__ = ["SHIPPED", "Product", "load_product", "shipped_products"]

SHIPPED = Path(__file__).resolve().parent / "products"


def shipped_products() -> tuple[str, ...]:
    """Names of the products that come with the package, in alphabetical order."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.yml")))


def load_product(name_or_path: str | Path, search: Sequence[Path] = ()) -> Product:
    """The product with this name, or in this file.

    A name is looked up among the shipped products, then in `search`, then in the working directory.

    Raises:
        ProductError: there is no such product, or its file does not describe one.
    """
    path = _find(str(name_or_path), search)
    try:
        return Product.model_validate(read_yaml(path, ProductError))
    except ValidationError as error:
        raise validation_fault(error, path, Product, ProductError) from error


def _find(name: str, search: Sequence[Path]) -> Path:
    if name.endswith((".yml", ".yaml")) or "/" in name:
        path = Path(name).expanduser()
        if path.is_file():
            return path
        raise ProductError(
            "a product file", "no file there", "Check the path, or `forecast init` one.", Where(file=name)
        )
    for folder in (SHIPPED, *search, Path.cwd()):
        path = folder / f"{name}.yml"
        if path.is_file():
            return path
    close = difflib.get_close_matches(name, shipped_products(), n=1)
    raise ProductError(
        expected=f"a product out of {', '.join(shipped_products())}, or a file NAME.yml",
        found=f"{name!r}",
        do=f"Did you mean {close[0]!r}?" if close else "Name one of them, or write one with `forecast init`.",
    )
