"""The pages of an unfinished pull, so that a killed one goes on where it was.

A page is on disk before the checkpoint names it, and the checkpoint is replaced in one step; so a kill between the two
only fetches that page again.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from dagster_project.publishing.durable import sha256_of, write_atomically


class Page(BaseModel):
    """One fetched page: its file, digest and records, and the page that follows (None: it was the last)."""

    model_config = ConfigDict(frozen=True)

    file: str
    sha256: str
    records: int
    following: str | None


class State(BaseModel):
    """What one pull asks for (`request` is a digest of its settings), from when to when, and the pages it has."""

    model_config = ConfigDict(frozen=True)

    request: str
    start: str
    end: str
    pages: tuple[Page, ...] = ()
    total: int | None = None

    @property
    def is_complete(self) -> bool:
        """Whether the last page is there."""
        return bool(self.pages) and self.pages[-1].following is None


@dataclass(frozen=True)
class Checkpoint:
    """The checkpoint of one entity, in a folder of its own."""

    folder: Path

    def read(self, request: str) -> State | None:
        """The unfinished pull of this request, if there is one whose pages are whole."""
        if not self._file.exists():
            return None
        try:
            state = State.model_validate_json(self._file.read_bytes())
        except ValidationError:
            return None
        whole = all(
            (self.folder / page.file).is_file() and sha256_of(self.folder / page.file) == page.sha256
            for page in state.pages
        )
        return state if whole and state.request == request else None

    def begin(self, state: State) -> State:
        """Forget whatever was there, and begin a pull."""
        self.forget()
        self.folder.mkdir(parents=True)
        write_atomically(self._file, state.model_dump_json())
        return state

    def add(self, state: State, rows: list[list[Any]], following: str | None, total: int | None) -> State:
        """Keep one more page."""
        path = self.folder / f"page-{len(state.pages) + 1:06d}.json"
        write_atomically(path, json.dumps(rows, ensure_ascii=False))
        page = Page(file=path.name, sha256=sha256_of(path), records=len(rows), following=following)
        state = state.model_copy(update={"pages": (*state.pages, page), "total": total})
        write_atomically(self._file, state.model_dump_json())
        return state

    def rows(self, state: State) -> list[list[list[Any]]]:
        """The records of every page, in order."""
        return [json.loads((self.folder / page.file).read_text(encoding="utf-8")) for page in state.pages]

    def forget(self) -> None:
        """Remove all pages."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _file(self) -> Path:
        return self.folder / "checkpoint.json"
