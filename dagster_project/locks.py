"""One writer at a time: an advisory lock on a file beside what it protects.

DuckDB has a lock of its own, and loses it when any code of the process opens and closes the database file
(measured: the other writer's committed rows then vanish without an error). This lock is on a file that nothing else
opens, it covers a whole command instead of one connection, and it can say who holds it and what they are doing.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster_project.errors import WarehouseBusy
from dagster_project.paths import ProductPaths

# A child process (a Dagster step, dbt) works on behalf of the command that started it: the variable names the holder.
HOLDER_VARIABLE = "FORECAST_LOCK_HOLDER"
POLL_SECONDS = 0.1


@dataclass
class _Holding:
    """The open lock file (None when the command that started this process holds it), and how many blocks use it."""

    handle: int | None
    blocks: int


_holdings: dict[Path, _Holding] = {}
_guard = threading.RLock()


@contextmanager
def writer_lock(paths: ProductPaths, doing: str, *, wait_s: float = 0.0) -> Iterator[None]:
    """Hold the product's working warehouse for the length of the block.

    Args:
        paths: the product's files.
        doing: what the holder does, for the message that another process gets: "dbt build of marts".
        wait_s: how long to wait for another holder before giving up.

    Raises:
        WarehouseBusy: another process holds it; the message names its PID and what it does.
    """
    with file_lock(paths.warehouse_lock, doing, wait_s=wait_s):
        yield


@contextmanager
def file_lock(path: Path, doing: str, *, wait_s: float = 0.0) -> Iterator[None]:
    """Hold the lock file `path`; again from the same process or from a child of the holder is allowed.

    Raises:
        WarehouseBusy: another process holds it after `wait_s` seconds.
    """
    path = path.absolute()
    # Somebody asking who holds the lock has it for a moment; one more try tells them from a real holder.
    deadline = time.monotonic() + max(wait_s, POLL_SECONDS)
    while not (taken := _take(path, doing)) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    if not taken:
        holder = holder_of(path) or {}
        raise WarehouseBusy(
            expected=f"{path.name} of product {path.parent.name!r} to be free for: {doing}",
            found=f"process {holder.get('pid', 'unknown')} at work on: {holder.get('doing', 'unknown')}",
            do="Wait until it ends, or stop that process; a lock left by a dead process frees itself.",
        )
    try:
        yield
    finally:
        _give_back(path)


def holder_of(path: Path) -> dict[str, Any] | None:
    """Who holds the lock file now, `{"pid", "doing"}`, or None when it is free."""
    if not path.exists():
        return None
    handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _note_in(handle)
    finally:
        os.close(handle)
    return None


def _held_by_our_command(path: Path) -> bool:
    claimed = os.environ.get(HOLDER_VARIABLE, "")
    if not claimed:
        return False
    holder = holder_of(path)
    return holder is not None and str(holder.get("pid")) == claimed


def _take(path: Path, doing: str) -> bool:
    with _guard:
        if path in _holdings:
            _holdings[path].blocks += 1
            return True
        if _held_by_our_command(path):
            _holdings[path] = _Holding(None, 1)
            return True
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps({"pid": os.getpid(), "doing": doing}).encode(), 0)
        os.environ.setdefault(HOLDER_VARIABLE, str(os.getpid()))
        _holdings[path] = _Holding(handle, 1)
        return True


def _give_back(path: Path) -> None:
    with _guard:
        holding = _holdings[path]
        holding.blocks -= 1
        if holding.blocks:
            return
        del _holdings[path]
        if holding.handle is not None:
            os.ftruncate(holding.handle, 0)
            os.close(holding.handle)
        if not _holdings and os.environ.get(HOLDER_VARIABLE) == str(os.getpid()):
            del os.environ[HOLDER_VARIABLE]


def _note_in(handle: int) -> dict[str, Any]:
    try:
        note = json.loads(os.pread(handle, 4096, 0) or b"{}")
    except ValueError:
        # The holder is between taking the lock and writing its note.
        return {}
    return note if isinstance(note, dict) else {}
