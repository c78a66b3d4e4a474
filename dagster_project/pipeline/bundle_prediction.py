"""Forecasts of a stored model, made in a child process while the run still reads what else it needs."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa


@dataclass(frozen=True, eq=False)
class StoredModel:
    """A stored model that predicts in a child process: a damaged one must not take the run with it.

    `rows` are those that it has been given already; other rows get a child of their own.
    """

    folder: Path
    rows: pa.Table = field(repr=False)
    answer: Future[Any] = field(repr=False)

    def predict(self, rows: pa.Table) -> Any:
        """One forecast per row, in units of the target.

        Raises:
            BundleError: the bundle is damaged, or its reader crashed.
        """
        return self.answer.result() if rows is self.rows else _predicted(self.folder, rows)


@contextmanager
def predicting(folder: Path | None, rows: pa.Table | None) -> Iterator[StoredModel | None]:
    """The model at work on its rows for the length of the block; None without a model."""
    if folder is None or rows is None:
        yield None
        return
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="predicting") as beside:
        yield StoredModel(folder, rows, beside.submit(_predicted, folder, rows))


def _predicted(folder: Path, rows: pa.Table) -> Any:
    from forecasting.bundle import predict_with_bundle  # noqa: PLC0415

    return predict_with_bundle(folder, rows)
