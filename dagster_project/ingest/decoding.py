"""Delivered bytes become plain UTF-8 text or Parquet that DuckDB reads in parallel; what they were is recorded."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Literal

from dagster_project.errors import DeliveryRejected, Where

CHUNK = 1 << 22
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_CP1252_ERRORS = "forecast-cp1252"


@dataclass(frozen=True, slots=True)
class Plain:
    """One delivered file, ready to read: `path` is the file itself or a decoded copy.

    `sha256` and `size` are those of the delivered bytes. `encoding` is None for Parquet.
    """

    delivered: Path
    path: Path
    kind: Literal["csv", "parquet"]
    sha256: str
    size: int
    encoding: str | None
    notes: tuple[str, ...]
    mixed_line_ends: bool = False

    @property
    def name(self) -> str:
        """The file name as delivered."""
        return self.delivered.name


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def decode(path: Path, workspace: Path) -> Plain:
    """Make one delivered file readable; decoded copies go to `workspace`.

    UTF-8 with or without BOM, UTF-16, Latin-1 and Windows-1252; plain or gzip; Parquet as it is.

    Raises:
        DeliveryRejected: the file is empty, cut off, of a format that is none of these, or holds NUL characters.
    """
    size = path.stat().st_size
    sha256 = digest(path)
    with path.open("rb") as file:
        start = file.read(4096)
    if not start:
        raise _fault(path, "a header and rows", "an empty file (0 bytes)", "Export the file again.")
    if start.startswith(b"PAR1"):
        return Plain(path, path, "parquet", sha256, size, None, ())
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise _fault(path, "CSV, CSV.gz or Parquet", "an Excel or zip file", "Save it as CSV (UTF-8) or unpack it.")
    notes: list[str] = []
    text = path
    if start.startswith(b"\x1f\x8b"):
        text = workspace / f"{sha256[:16]}.csv"
        _unpack(path, text)
        notes.append("unpacked from gzip")
        with text.open("rb") as file:
            start = file.read(4096)
        if not start:
            raise _fault(path, "a header and rows", "gzip around nothing", "Export the file again.")
    encoding, mixed = _wide_encoding(start), False
    if encoding is None:
        encoding, mixed, more = _scan(path, text)
        notes += more
    if encoding != "utf-8":
        decoded = workspace / f"{sha256[:16]}.utf8.csv"
        notes.append(_transcode(path, text, decoded, encoding))
        text = decoded
    return Plain(path, text, "csv", sha256, size, encoding, tuple(notes), mixed)


def _unpack(path: Path, target: Path) -> None:
    try:
        with gzip.open(path, "rb") as packed, target.open("wb") as plain:
            while chunk := packed.read(CHUNK):
                plain.write(chunk)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _fault(
            path, "a whole gzip file", f"one that ends too early or is damaged ({error})", "Copy it again."
        ) from error


def with_one_line_end(plain: Plain, target: Path) -> Plain:
    """The same text with line feeds only, written to `target`."""
    with target.open("wb") as out:
        held = b""
        for chunk in _chunks(plain.path):
            text = held + chunk
            # A carriage return at the end of a chunk may belong to a line feed in the next one.
            held = b"\r" if text.endswith(b"\r") else b""
            out.write(text.removesuffix(b"\r").replace(b"\r\n", b"\n"))
        out.write(held)
    return replace(
        plain, path=target, notes=(*plain.notes, "mixed line ends read as line feeds"), mixed_line_ends=False
    )


def _wide_encoding(start: bytes) -> str | None:
    """UTF-16 by its mark, or by a zero in every second byte of a text that is mostly ASCII."""
    for mark, encoding in _UTF16.items():
        if start.startswith(mark):
            return encoding
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        half = start[offset::2]
        if len(half) > 8 and half.count(0) > 0.8 * len(half):
            return encoding
    return None


def _scan(delivered: Path, text: Path) -> tuple[str, bool, list[str]]:
    """The encoding, whether line ends of two systems are in the text, and what is worth noting about both."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    row, returns, last = 0, 0, b""
    encoding, notes = "utf-8", []
    for chunk in _chunks(text):
        if b"\0" in chunk:
            row += chunk[: chunk.index(b"\0")].count(b"\n")
            raise _fault(delivered, "text", "a NUL character", "Remove it, or export the file again.", row=row or None)
        if encoding == "utf-8":
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                encoding = "windows-1252"
                line = row + chunk[: error.start].count(b"\n")
                notes.append(f"not UTF-8 from row {line:,} on; such bytes were read as Windows-1252")
        row += chunk.count(b"\n")
        returns += chunk.count(b"\r\n") + (last == b"\r" and chunk[:1] == b"\n")
        last = chunk[-1:]
    if last not in {b"\n", b"\r"}:
        notes.append("no line end after the last row; make sure that the file was not cut off")
    return encoding, 0 < returns < row, notes


def _transcode(delivered: Path, text: Path, target: Path, encoding: str) -> str:
    """Write the text as UTF-8; valid UTF-8 among Windows-1252 stays what it is, so nothing becomes mojibake."""
    mixed = encoding == "windows-1252"
    decoder = codecs.getincrementaldecoder("utf-8" if mixed else encoding)(_CP1252_ERRORS if mixed else "strict")
    row = 0
    with target.open("w", encoding="utf-8", newline="") as plain:
        try:
            for chunk in _chunks(text):
                decoded = decoder.decode(chunk)
                if row == 0:
                    decoded = decoded.removeprefix("\ufeff")
                if "\0" in decoded:
                    raise _fault(delivered, "text", "a NUL character", "Remove it, or export the file again.", row=row)
                row += decoded.count("\n")
                plain.write(decoded)
            plain.write(decoder.decode(b"", final=True))
        except UnicodeDecodeError as error:
            raise _fault(
                delivered, f"text in {encoding}", "a character cut in two", "Copy the file again.", row=row
            ) from error
    return f"converted from {encoding} to UTF-8"


def _chunks(path: Path) -> Iterator[bytes]:
    file: IO[bytes]
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    damaged = error.object[error.start : error.end]
    # Five bytes mean nothing in Windows-1252; Latin-1 gives every byte a character.
    text = "".join(bytes([byte]).decode("cp1252" if byte not in _UNDEFINED else "latin-1") for byte in damaged)
    return text, error.end


_UNDEFINED = {0x81, 0x8D, 0x8F, 0x90, 0x9D}
codecs.register_error(_CP1252_ERRORS, _as_cp1252)


def _fault(path: Path, expected: str, found: str, do: str, row: int | None = None) -> DeliveryRejected:
    return DeliveryRejected(expected, found, do, Where(file=path.name, row=row))
