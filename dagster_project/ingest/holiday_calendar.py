"""Public holidays, frozen as a raw snapshot: a later version of the list changes no past result."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

import duckdb
import holidays
import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.errors import UsageError
from dagster_project.ingest.decoding import digest as digest_of
from dagster_project.ingest.manifest import DeliveredFile, Manifest, manifests_of
from dagster_project.ingest.quoting import parquet_relation, quoted_name
from dagster_project.ingest.snapshot import delivery_id_of, prepared_folder
from dagster_project.paths import ProductPaths
from dagster_project.product_settings import Product

SOURCE, ENTITY = "calendar", "holidays"
COLUMNS = ("ds", "country", "subdivision", "name", "kind")
KINDS = ("public", "school")

Row = tuple[date, str, str | None, str, str]


def years_of(connection: duckdb.DuckDBPyConnection, parquet: Sequence[Path], column: str) -> set[int]:
    """The years that a time column speaks of, whatever its format.

    Years with less than a thousandth of the rows are taken for typing errors.
    """
    # A day is looked at once, however many rows it has.
    found = connection.execute(
        f"""
        with days as (
            select left({quoted_name(column)}, 10) as day, count(*) as n_rows
            from {parquet_relation(parquet)} group by all
        ),
        years as (
            select try_cast(regexp_extract(day, '(18|19|20)\\d\\d') as integer) as year, sum(n_rows) as n_rows
            from days group by all
        )
        select year from years where year is not null and n_rows * 1000 >= (select sum(n_rows) from years)
        """  # noqa: S608 - quoted names and paths
    ).fetchall()
    return {int(year) for (year,) in found}


def freeze_holidays(product: Product, paths: ProductPaths, years: Iterable[int], as_of: datetime) -> Manifest | None:
    """Prepare the holidays that no snapshot holds yet for these years and the horizon after them, if there are any.

    Nothing for a product without a country, or when an earlier snapshot holds those years already.

    Raises:
        UsageError: the holidays library does not know the country or the subdivision.
    """
    wanted = set(years)
    if product.country is None or not wanted:
        return None
    last = max(wanted) + 1 + product.horizon * product.frequency.seconds // (366 * 86_400)
    place = f"{product.country}{'-' + product.subdivision if product.subdivision else ''}"
    frozen = [
        manifest
        for manifest in manifests_of(paths, SOURCE, ENTITY)
        if manifest.as_of <= as_of and manifest.files[0].name.startswith(f"{place}_")
    ]
    known = {year for manifest in frozen for year in _range_in(manifest.files[0].name)}
    if set(range(min(wanted), last + 1)) <= known:
        return None
    covered = range(min(wanted | known), max({last} | known) + 1)
    rows = _rows(product.country, product.subdivision, covered)
    name = f"{place}_{covered[0]}_{covered[-1]}_holidays-{holidays.__version__}"
    return _write(product, paths, name, rows, as_of)


def _range_in(name: str) -> range:
    first, last = name.split("_")[1:3]
    return range(int(first), int(last) + 1)


def _rows(country: str, subdivision: str | None, years: range) -> list[Row]:
    try:
        kinds = [
            kind for kind in KINDS if kind in holidays.country_holidays(country, years=years[0]).supported_categories
        ]
        rows: list[Row] = []
        for kind in kinds:
            national = _days(country, None, years, kind)
            local = _days(country, subdivision, years, kind) if subdivision else {}
            rows += [(day, country, None, name, kind) for day, name in national.items()]
            rows += [(day, country, subdivision, name, kind) for day, name in local.items() if day not in national]
    except NotImplementedError as error:
        raise UsageError(
            "a country and subdivision with known holidays",
            str(error),
            "Correct country in the product file, or drop it.",
        ) from error
    return sorted(rows, key=lambda row: (row[0], row[4], row[3]))


def _days(country: str, subdivision: str | None, years: range, kind: str) -> dict[date, str]:
    languages = holidays.country_holidays(country).supported_languages
    return dict(
        holidays.country_holidays(
            country,
            subdiv=subdivision,
            years=years,
            categories=(kind,),
            language="en_US" if "en_US" in languages else None,
        )
    )


def _write(product: Product, paths: ProductPaths, name: str, rows: list[Row], as_of: datetime) -> Manifest:
    """Prepare the snapshot below `incoming`, in the form of a delivered file."""
    digest = hashlib.sha256(repr(rows).encode()).hexdigest()
    delivery_id = delivery_id_of([digest], ENTITY, again=as_of)
    columns = [[None if value is None else str(value) for value in column] for column in zip(*rows, strict=True)]
    table = pa.table(
        {
            **{name: pa.array(column, pa.string()) for name, column in zip(COLUMNS, columns, strict=True)},
            "_delivery_id": pa.array([delivery_id] * len(rows), pa.string()),
            "_as_of": pa.array([as_of] * len(rows), pa.timestamp("us")),
            "_source_file": pa.array([name] * len(rows), pa.string()),
            "_row_number": pa.array(range(1, len(rows) + 1), pa.int64()),
        }
    )
    target = prepared_folder(paths, SOURCE, ENTITY, as_of, delivery_id) / "part-0.parquet"
    pq.write_table(table, target)
    return Manifest(
        product=product.name,
        source=SOURCE,
        entity=ENTITY,
        delivery_id=delivery_id,
        contract_version=None,
        as_of=as_of,
        received_at=as_of,
        rows=len(rows),
        columns=COLUMNS,
        files=(
            DeliveredFile(
                name=name,
                bytes=table.nbytes,
                sha256=digest,
                encoding=None,
                rows=len(rows),
                parquet=target.name,
                parquet_bytes=target.stat().st_size,
                parquet_sha256=digest_of(target),
            ),
        ),
    )
