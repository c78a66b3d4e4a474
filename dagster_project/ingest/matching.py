"""Which delivered file belongs to which entity: by the name patterns of the product file."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatch
from glob import escape
from pathlib import Path

from dagster_project.errors import DeliveryRejected, UsageError, Where
from dagster_project.product_settings import Product

# What people deliver; other files (a README, a checksum) are left alone.
_DATA = (
    ".csv",
    ".csv.gz",
    ".gz",
    ".tsv",
    ".txt",
    ".parquet",
    ".pq",
    ".xlsx",
    ".xls",
    ".json",
    ".jsonl",
    ".zip",
    ".xml",
)
# A product file, a note or a warehouse beside the data is none, even where a pattern such as `drivers*` fits its name.
_NO_DATA = (".yml", ".yaml", ".md", ".py", ".sql", ".log", ".duckdb", ".wal", ".html", ".pdf")


@dataclass
class Matched:
    """Files by entity in the order of the product file; files left alone; faults of files that belong nowhere."""

    files: dict[str, list[Path]] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    faults: list[tuple[Path, DeliveryRejected]] = field(default_factory=list)


def match_files(product: Product, source: Path) -> Matched:
    """Sort the files of a folder (with its subfolders), or one file, into the product's entities.

    A single named file that matches no pattern is taken for the only required entity, if there is only one. Files of
    optional entities that the product names in full come along when they lie beside it: plans and properties of
    one's own data, which `init` was told about.

    Raises:
        UsageError: there is nothing at that path.
    """
    if not source.exists():
        raise UsageError("a file or folder", "nothing there", "Check the path after --from.", Where(file=str(source)))
    if source.is_file():
        paths = [source, *_named_beside(source, product)]
    else:
        paths = sorted(path for path in source.rglob("*") if path.is_file())
    matched = Matched({entity: [] for entity in product.entities})
    required = [name for name, entity in product.entities.items() if not entity.optional]
    for path in paths:
        hidden = any(part.startswith(".") for part in path.relative_to(source.parent).parts[1:])
        no_data = path.name.lower().endswith(_NO_DATA) and not source.is_file()
        entity = None if hidden or no_data else entity_of(path.name, product)
        if entity is None and path == source and source.is_file() and len(required) == 1:
            entity = required[0]
        ignored = hidden or any(_fits(path.name, pattern) for pattern in product.ignored_files)
        if entity is not None:
            matched.files[entity].append(path)
        elif not ignored and path.name.lower().endswith(_DATA):
            matched.faults.append((path, _unknown(path, product)))
        else:
            matched.ignored.append(path.name)
    matched.files = {entity: files for entity, files in matched.files.items() if files}
    return matched


def _named_beside(source: Path, product: Product) -> list[Path]:
    if product.tidy is None or entity_of(source.name, product) not in {None, "observations"}:
        return []
    patterns = {pattern for entity in product.entities.values() if entity.optional for pattern in entity.files}
    others = (path for path in sorted(source.parent.iterdir()) if path != source and path.is_file())
    return [path for path in others if escape(path.name) in patterns]


def entity_of(name: str, product: Product) -> str | None:
    """The entity whose file patterns fit this file name; None when no one's do."""
    for entity, settings in product.entities.items():
        if any(_fits(name, pattern) for pattern in settings.files):
            return entity
    return None


def _fits(name: str, pattern: str) -> bool:
    return fnmatch(name.lower(), pattern.lower())


def _unknown(path: Path, product: Product) -> DeliveryRejected:
    patterns = "; ".join(f"{name}: {', '.join(entity.files)}" for name, entity in product.entities.items())
    return DeliveryRejected(
        f"file names that say what they hold ({patterns})",
        "one that says nothing",
        f"Rename it, or list it under ignored_files in the product file of {product.name}.",
        Where(file=path.name),
    )
