"""Rows that are made while they are written: a table of tens of millions of rows is never held as a whole."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True, eq=False)
class RowStream:
    """A table in parts, which are made anew each time that they are asked for; texts in them may be dictionary-coded.

    The parts have the columns of `schema`, in its order.
    """

    schema: pa.Schema
    make: Callable[[], Iterable[pa.Table]] = field(repr=False)

    def __iter__(self) -> Iterator[pa.Table]:
        """The parts, in their order."""
        return iter(self.make())

    def read(self) -> pa.Table:
        """All rows as one table of exactly the schema."""
        return _as_one(self, self.schema)

    def where(self, column: str, value: str) -> pa.Table:
        """The rows with this text in the column, as one table of exactly the schema."""
        parts = (part.filter(pc.equal(part.column(column).cast(pa.string()), value)) for part in self)
        return _as_one(parts, self.schema)


def coded(texts: Iterable[str] | pa.Array, codes: pa.Array) -> pa.DictionaryArray:
    """A column of texts as numbers of the texts that occur: written and joined without copying a name per row."""
    names = texts if isinstance(texts, pa.Array) else pa.array(texts, pa.string())
    return pa.DictionaryArray.from_arrays(codes, names)


def _as_one(parts: Iterable[pa.Table], schema: pa.Schema) -> pa.Table:
    tables = [part.cast(schema) for part in parts]
    return pa.concat_tables(tables) if tables else schema.empty_table()
