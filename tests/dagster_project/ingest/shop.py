"""A small product of one's own data, and a way to deliver bytes to it."""

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from dagster_project.errors import DeliveryRejected
from dagster_project.ingest import deliver
from dagster_project.paths import ProductPaths
from dagster_project.product import Product

AS_OF = dt.datetime.fromisoformat("2026-03-01T02:00:00")
HEADER = "date,shop,sold,promo"
ROWS = [f"2026-02-{day:02d},{shop},{day * 2},{day % 2}" for day in range(1, 29) for shop in ("A", "B")]
GOOD = "\n".join([HEADER, *ROWS]) + "\n"


def tidy_settings(**changes):
    """Settings of a daily product with one key and one planned driver."""
    return {
        "name": "tiny",
        "title": "Units sold by shop",
        "source_system": "tidy",
        "problem": dict.fromkeys(["decision", "consumer", "on_late", "on_wrong", "fallback", "cadence"], "As tested."),
        "owners": {"data": "team:tests", "model": "team:tests"},
        "freq": "D",
        "season_lengths": [7],
        "horizon": 7,
        "keys": ["shop"],
        "target": {"name": "sold", "unit": "units", "kind": "count"},
        "drivers": [{"name": "promo", "kind": "binary", "known": "ahead"}],
        "entities": {
            "observations": {"contract": "tidy.observations", "files": ["sales*"]},
            "drivers": {"contract": "tidy.drivers", "files": ["drivers*"], "optional": True},
            "attributes": {"contract": "tidy.attributes", "files": ["attributes*"], "optional": True},
        },
        "tidy": {"time": "date", "target": "sold", "keys": {"shop": "shop"}, "drivers": {"promo": "promo"}},
        **changes,
    }


class Shop:
    """Delivers files to one product and looks at what became of them."""

    def __init__(self, product: Product, home: Path) -> None:
        self.product = product
        self.paths = ProductPaths(home / "var", product.name).create()
        self.inbox = home / "inbox"
        self.inbox.mkdir(parents=True)

    def deliver(self, files=None, *, as_of=AS_OF, keep=False):
        """Deliver files given as {name: bytes or text}; the inbox is emptied first."""
        if not keep:
            for path in self.inbox.iterdir():
                path.unlink()
        for name, content in (files or {}).items():
            (self.inbox / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return deliver(self.product, self.paths, self.inbox, as_of)

    def refused(self, files, **options) -> DeliveryRejected:
        """Deliver what must be refused; the error."""
        with pytest.raises(DeliveryRejected) as caught:
            self.deliver(files, **options)
        return caught.value

    def rows(self, entity="observations", columns="*"):
        """Raw rows of an entity in order, as dbt would see them."""
        glob = self.paths.entity(self.product.source_system, entity) / "*" / "*" / "*.parquet"
        query = f"select {columns} from read_parquet('{glob}', union_by_name = true, hive_partitioning = false)"
        return duckdb.sql(query + " order by _as_of, _source_file, _row_number").fetchall()

    def state(self):
        """Every raw file with its bytes."""
        return {
            str(path.relative_to(self.paths.raw)): path.read_bytes()
            for path in sorted(self.paths.raw.rglob("*"))
            if path.is_file() and "run=empty" not in path.parts
        }
