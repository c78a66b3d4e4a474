"""The dense panel: every series on one grid of periods, a row per series and a column per period.

NaN means: not observed. Series start and end where they like; the grid ends at the cutoff for all of them, so a
series that stopped early is still forecast from the cutoff, and what a forecaster must not see is not there.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from forecasting.errors import InvalidPanelError
from forecasting.periods import Integers, Times, period_ds, period_index
from forecasting.regressors import Regressors
from forecasting.revisions import Revisions
from forecasting.tables import OBSERVATIONS

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]

_ROWS_AT_A_TIME = 1 << 20  # working copies stay small beside the matrix, however many rows there are
_THREADS = 2
_CELLS_OF_A_BLOCK = 1 << 20


@dataclass(frozen=True, eq=False)
class Panel:
    """What was observed: `y[i, t]` is series `unique_ids[i]` in period `start + t`.

    `unique_ids` is sorted and without repeats. `season_length` is the main season, in periods.
    Treat `y` as read-only: panels cut from one another share its memory. `y` is the latest truth; with `revisions` the
    past of a cutoff (`until`) holds what was known then. `regressors` have the series of the panel, for all periods
    that any cutoff looks at.
    """

    unique_ids: Texts
    start: int
    y: Floats = field(repr=False)
    freq: str
    season_length: int
    revisions: Revisions | None = field(default=None, repr=False)
    regressors: Regressors | None = field(default=None, repr=False)

    @classmethod
    def from_long(
        cls,
        frame: pa.Table | pd.DataFrame,
        *,
        freq: str,
        season_length: int,
        cutoff: np.datetime64 | str | None = None,
    ) -> Self:
        """The panel of a long frame with columns `unique_id`, `ds`, `y`; other columns are ignored.

        Rows after `cutoff` are dropped before anything is built, and the grid ends at the cutoff; without one
        it ends at the last period of any series. A series with no row up to the cutoff is kept, all NaN.

        Raises:
            InvalidPanelError: a null key or time, a `ds` that labels no period, two rows for one series and period.
        """
        table = _three_columns(frame)
        ids, rank = _sorted_ids(table.column("unique_id"))
        start, end = _first_and_last(table.column("ds"), cutoff, freq)
        length = end - start + 1
        matrix = np.full(len(ids) * length, np.nan)
        filled = np.zeros(len(ids) * length, dtype=bool)

        def place(batch: pa.RecordBatch) -> int:
            codes = rank[batch.column("unique_id").indices.to_numpy()]
            ds = batch.column("ds").cast(pa.timestamp("us")).to_numpy(zero_copy_only=False)
            ds = ds.astype("datetime64[us]", copy=False)
            number = period_index(ds, freq)
            _refuse_off_grid(ids, codes, ds, number, freq)
            y = batch.column("y").to_numpy(zero_copy_only=False)
            seen = number <= end
            cells = codes[seen] * length + (number[seen] - start)
            matrix[cells] = np.where(np.isfinite(y[seen]), y[seen], np.nan)
            filled[cells] = True
            return int(cells.size)

        # NumPy lets other threads run meanwhile, and no two rows have the same cell, or they are refused below.
        with ThreadPoolExecutor(_THREADS) as threads:
            n_rows = sum(threads.map(place, table.to_batches(max_chunksize=_ROWS_AT_A_TIME)))
        if np.count_nonzero(filled) < n_rows:
            _refuse_duplicates(table, end, freq)
        return cls(ids, start, matrix.reshape(len(ids), length), freq, season_length)

    @property
    def n_series(self) -> int:
        """How many series there are."""
        return len(self.y)

    @property
    def n_periods(self) -> int:
        """How many periods the grid has."""
        return int(self.y.shape[1])

    @property
    def end(self) -> int:
        """The period number of the last column: the cutoff."""
        return self.start + self.n_periods - 1

    @property
    def cutoff(self) -> np.datetime64:
        """The last period that forecasters may see, as its `ds`."""
        cutoff: np.datetime64 = period_ds([self.end], self.freq)[0]
        return cutoff

    @property
    def ds(self) -> Times:
        """The `ds` of every column."""
        return period_ds(self.start + np.arange(self.n_periods), self.freq)

    @cached_property
    def is_observed(self) -> npt.NDArray[np.bool_]:
        """Which cells hold an observation."""
        return ~np.isnan(self.y)

    @cached_property
    def largest(self) -> Floats:
        """The largest absolute observation of every series; zero where nothing was observed."""
        largest = np.zeros(self.n_series)

        def find(rows: slice) -> None:
            np.fmax.reduce(np.abs(self.y[rows]), axis=1, initial=0.0, out=largest[rows])

        self.for_each_block(find)
        return largest

    def for_each_block(self, work: Callable[[slice], None]) -> None:
        """Do the work for all series, so many at a time that working copies of their past stay small beside the panel.

        Two blocks are at work at once, so each may write to its own rows only.
        """
        of_a_block = max(1, _CELLS_OF_A_BLOCK // max(self.n_periods, 1))
        blocks = [slice(start, start + of_a_block) for start in range(0, self.n_series, of_a_block)]
        with ThreadPoolExecutor(_THREADS) as threads:
            list(threads.map(work, blocks))

    def future_ds(self, h: int) -> Times:
        """The `ds` of the h periods after the cutoff."""
        return period_ds(self.end + 1 + np.arange(h), self.freq)

    def until(self, cutoff: np.datetime64 | str | int) -> Self:
        """The panel as it was known at a cutoff (a time or a period number), without the future.

        Memory is shared unless there are revisions.

        Raises:
            InvalidPanelError: a cutoff outside the grid.
        """
        end = cutoff if isinstance(cutoff, int) else _cutoff_number(cutoff, self.freq)
        if not self.start <= end <= self.end:
            first, last = period_ds([self.start, self.end], self.freq)
            raise InvalidPanelError(
                f"expected a cutoff between {first} and {last}, found {cutoff!r}. "
                "Choose a cutoff inside the observed history."
            )
        past = self.y[:, : end - self.start + 1]
        return replace(self, y=past if self.revisions is None else self.revisions.at(end, self.start, past))

    def with_revisions(self, versions: pa.Table) -> Self:
        """The panel with what was known otherwise at earlier cutoffs; for the columns see `Revisions.of`."""
        return replace(self, revisions=Revisions.of(versions, self.unique_ids, self.freq))

    def with_regressors(self, regressors: Regressors | None) -> Self:
        """The panel with what is known ahead about its series."""
        return replace(self, regressors=None if regressors is None else regressors.aligned(self.unique_ids))

    def actuals(self, cutoff: np.datetime64 | str | int, h: int) -> Floats:
        """What happened in the h periods after a cutoff, shape (n_series, h); NaN beyond the grid."""
        end = cutoff if isinstance(cutoff, int) else _cutoff_number(cutoff, self.freq)
        first = end + 1 - self.start
        known = self.y[:, max(first, 0) : max(first + h, 0)]
        after = np.full((self.n_series, h), np.nan)
        offset = max(-first, 0)
        after[:, offset : offset + known.shape[1]] = known
        return after

    def positions(self, unique_ids: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.intp]:
        """The row of each id, -1 for one that the panel does not have."""
        chunks = unique_ids.chunks if isinstance(unique_ids, pa.ChunkedArray) else [unique_ids]
        own = pa.array(self.unique_ids, pa.string())
        found = [np.empty(0, dtype=np.intp)]
        for chunk in chunks:
            names = chunk if pa.types.is_dictionary(chunk.type) else chunk.cast(pa.string()).dictionary_encode()
            rows = pc.fill_null(pc.index_in(names.dictionary.cast(pa.string()), value_set=own), -1).to_numpy()
            found.append(rows.astype(np.intp)[names.indices.to_numpy()])
        return np.concatenate(found)

    def series(self, positions: npt.NDArray[np.intp] | npt.NDArray[np.bool_] | slice) -> Self:
        """The panel of some of the series, in grid order."""
        revisions = None if self.revisions is None else self.revisions.of_series(np.arange(self.n_series)[positions])
        part = replace(self, unique_ids=self.unique_ids[positions], y=self.y[positions], revisions=revisions)
        return part.with_regressors(self.regressors)

    def to_long(self) -> pa.Table:
        """The observed cells as a table `OBSERVATIONS`, by series and period."""
        rows, columns = np.nonzero(self.is_observed)
        return pa.table(
            {"unique_id": self.unique_ids[rows], "ds": self.ds[columns], "y": self.y[rows, columns]},
            schema=OBSERVATIONS,
        )


def _three_columns(frame: pa.Table | pd.DataFrame) -> pa.Table:
    """unique_id as one dictionary, ds as it came, y as a number."""
    if isinstance(frame, pd.DataFrame):
        frame = pa.Table.from_pandas(frame[["unique_id", "ds", "y"]], preserve_index=False)
    keys, times = frame.column("unique_id"), frame.column("ds")
    if keys.null_count or times.null_count:
        raise InvalidPanelError(
            f"expected a unique_id and a ds in every row, found {keys.null_count} rows without unique_id and "
            f"{times.null_count} without ds. Drop or quarantine these rows."
        )
    coded = keys if pa.types.is_dictionary(keys.type) else keys.cast(pa.string()).dictionary_encode()
    y = frame.column("y").cast(pa.float64())
    return pa.table({"unique_id": coded.unify_dictionaries(), "ds": times, "y": y})


def _sorted_ids(coded: pa.ChunkedArray) -> tuple[Texts, Integers]:
    """The ids that occur, sorted, and for each code of the dictionary the position of its id among them."""
    if not len(coded):
        return np.empty(0, dtype=object), np.empty(0, dtype=np.int64)
    ids = coded.chunk(0).dictionary.cast(pa.string()).to_numpy(zero_copy_only=False)
    occurs = np.zeros(len(ids), dtype=bool)  # a dictionary may know more than a filtered table holds
    for chunk in coded.chunks:
        occurs[chunk.indices.to_numpy()] = True
    order = np.argsort(ids.astype(str), kind="stable")
    order = order[occurs[order]]
    rank = np.zeros(len(ids), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return ids[order], rank


def _first_and_last(times: pa.ChunkedArray, cutoff: np.datetime64 | str | None, freq: str) -> tuple[int, int]:
    """The period numbers of the grid's first and last column."""
    if not len(times):
        end = _cutoff_number(cutoff, freq)
        return end, end
    bounds = pc.min_max(times)
    earliest, latest = (np.datetime64(bounds[which].cast(pa.timestamp("us")).value, "us") for which in ("min", "max"))
    start, last = period_index(np.array([earliest, latest]), freq).tolist()
    end = last if cutoff is None else _cutoff_number(cutoff, freq)
    return min(start, end), end


def _cutoff_number(cutoff: np.datetime64 | str | None, freq: str) -> int:
    if cutoff is None:
        raise InvalidPanelError(
            "expected observations or a cutoff, found neither. Pass the cutoff when no row is observed yet."
        )
    return int(period_index(np.array([cutoff], dtype="datetime64[us]"), freq)[0])


def _refuse_off_grid(ids: Texts, codes: Integers, ds: Times, number: Integers, freq: str) -> None:
    off = period_ds(number, freq) != ds
    if off.any():
        first = int(np.argmax(off))
        raise InvalidPanelError(
            f"expected every ds to label a period of freq {freq!r}, found {ds[first]} in series "
            f"{ids[codes[first]]!r} ({int(off.sum())} rows like it; the period of that row is labelled "
            f"{period_ds(number[first : first + 1], freq)[0]}). Aggregate to the product's frequency first."
        )


def _refuse_duplicates(table: pa.Table, end: int, freq: str) -> None:
    counts = table.group_by(["unique_id", "ds"]).aggregate([([], "count_all")])
    times = counts.column("ds").cast(pa.timestamp("us")).to_numpy()
    counts = counts.filter((counts.column("count_all").to_numpy() > 1) & (period_index(times, freq) <= end))
    text = counts.set_column(0, "unique_id", counts.column("unique_id").cast(pa.string()))
    first = text.sort_by([("unique_id", "ascending"), ("ds", "ascending")]).slice(0, 1).to_pylist()[0]
    raise InvalidPanelError(
        f"expected one row per unique_id and ds, found {first['count_all']} rows of series {first['unique_id']!r} "
        f"at {first['ds']} ({counts.num_rows} series and periods like it). Aggregate or deduplicate first."
    )
