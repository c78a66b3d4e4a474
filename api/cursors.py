"""Opaque cursors for paging: they carry the snapshot they were made on, so that a page never mixes two."""

from __future__ import annotations

import base64
import binascii

import orjson

from api.problems import Problem, malformed
from api.serving import Served


def make_cursor(served: Served, after: str | int) -> str:
    """A cursor that continues after this row on this snapshot."""
    said = orjson.dumps({"snapshot": served.snapshot.manifest.snapshot_id, "after": after})
    return base64.urlsafe_b64encode(said).decode().rstrip("=")


def read_cursor(served: Served, cursor: str, kind: type[str | int]) -> str | int:
    """Where to continue.

    Raises:
        Problem: the cursor is not one of ours, or belongs to a snapshot that is no longer served.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        said = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        snapshot_id, after = said["snapshot"], said["after"]
        if type(after) is not kind or not isinstance(snapshot_id, str) or (kind is int and after < 0):
            raise TypeError("another kind of cursor")  # noqa: TRY301 - one answer for everything that is no cursor
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise malformed([("cursor", "expected the next_cursor of an earlier page, unchanged")]) from None
    if snapshot_id != served.snapshot.manifest.snapshot_id:
        raise Problem("SNAPSHOT_EXPIRED", "A newer snapshot is served since the first page. Begin again.")
    result: str | int = after
    return result
