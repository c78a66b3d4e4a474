"""Log lines as JSON, written by a thread of their own so that no request waits for a disk."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import orjson

# Lines are written together: a wake-up of the thread per line cost more than answering the request it tells of.
WRITE_EVERY_SECONDS = 0.2
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
        self._waiting: deque[tuple[Path | None, bytes]] = deque()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._write_all, name="json-lines", daemon=True)
        self._thread.start()

    def put(self, record: Mapping[str, Any], file: Path | None = None) -> None:
        """One line, to `file` or else to the stream."""
        if len(self._waiting) >= MAX_WAITING:
            self.dropped += 1
            return
        self._waiting.append((file, orjson.dumps(record)))

    def close(self) -> None:
        """Write what waits, then stop."""
        self._closing.set()
        self._thread.join(timeout=5)

    def _write_all(self) -> None:
        while not self._closing.wait(WRITE_EVERY_SECONDS):
            self._write_waiting()
        self._write_waiting()

    def _write_waiting(self) -> None:
        lines: dict[Path | None, list[bytes]] = {}
        for _ in range(len(self._waiting)):
            file, line = self._waiting.popleft()
            lines.setdefault(file, []).append(line)
        for file, together in lines.items():
            try:
                self._write(file, b"\n".join(together) + b"\n")
            except (OSError, ValueError):
                self.dropped += len(together)

    def _write(self, file: Path | None, text: bytes) -> None:
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            if file.exists() and file.stat().st_size + len(text) > self._max_file_bytes:
                file.replace(file.with_suffix(f".{_next_number(file)}{file.suffix}"))
            with file.open("ab") as handle:
                handle.write(text)
        elif self._stream is not None:
            self._stream.write(text)
            self._stream.flush()


def _next_number(file: Path) -> int:
    return 1 + sum(1 for _ in file.parent.glob(f"{file.stem}.*{file.suffix}"))
