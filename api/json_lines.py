"""Log lines as JSON, written by a thread of their own so that no request waits for a disk."""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import orjson

# A disk that stands still must not fill the memory: lines beyond this are dropped and counted.
MAX_WAITING = 20_000


class JsonLines:
    """Lines to a stream or to files, in the order they were given.

    `put` never blocks and never raises; `dropped` counts what could not be written.
    """

    def __init__(self, stream: BinaryIO | None = None, *, max_file_bytes: int = 50_000_000) -> None:
        self.dropped = 0
        self._stream = stream
        self._max_file_bytes = max_file_bytes
        self._waiting: queue.SimpleQueue[tuple[Path | None, bytes] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_all, name="json-lines", daemon=True)
        self._thread.start()

    def put(self, record: Mapping[str, Any], file: Path | None = None) -> None:
        """One line, to `file` or else to the stream."""
        if self._waiting.qsize() >= MAX_WAITING:
            self.dropped += 1
            return
        self._waiting.put((file, orjson.dumps(record) + b"\n"))

    def close(self) -> None:
        """Write what waits, then stop."""
        self._waiting.put(None)
        self._thread.join(timeout=5)

    def _write_all(self) -> None:
        while (item := self._waiting.get()) is not None:
            file, line = item
            try:
                if file is not None:
                    self._append(file, line)
                elif self._stream is not None:
                    self._stream.write(line)
                    self._stream.flush()
            except (OSError, ValueError):
                self.dropped += 1

    def _append(self, file: Path, line: bytes) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and file.stat().st_size + len(line) > self._max_file_bytes:
            file.replace(file.with_suffix(f".{_next_number(file)}{file.suffix}"))
        with file.open("ab") as handle:
            handle.write(line)


def _next_number(file: Path) -> int:
    return 1 + sum(1 for _ in file.parent.glob(f"{file.stem}.*{file.suffix}"))
