"""Writing files so that they are whole or absent, also after a kill."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

CHUNK_BYTES = 1 << 20


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, as 64 hex digits."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while chunk := handle.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def fsync_file(path: Path) -> None:
    """Have the file's bytes on disk before anything names it."""
    _fsync(path, os.O_RDONLY)


def fsync_directory(path: Path) -> None:
    """Have the directory's names on disk: a rename is durable only after this."""
    _fsync(path, os.O_RDONLY | os.O_DIRECTORY)


def write_atomically(path: Path, text: str) -> None:
    """Replace a small file in one step: readers see the old text or the new one, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_text(text, encoding="utf-8")
    fsync_file(temporary)
    temporary.replace(path)
    fsync_directory(path.parent)


def _fsync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
