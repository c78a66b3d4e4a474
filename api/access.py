"""Who calls, and what they may see: API keys are stored as hashes, with scopes and an optional row filter."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from api.problems import Problem
from api.request_context import context_of

SCOPES = ("read:forecast", "read:accuracy", "read:monitoring", "read:export", "metrics")
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="forecast", Basic realm="forecast"'}


class KeyEntry(BaseModel):
    """One key of the keys file; the key itself is nowhere, only its SHA-256."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key_id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    scopes: frozenset[str]
    products: frozenset[str] | None = None
    only: dict[str, frozenset[str]] = Field(default_factory=dict)
    expires_at: AwareDatetime | None = None
    revoked: bool = False


class KeyFile(BaseModel):
    """The keys file: `{"keys": [...]}`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: tuple[KeyEntry, ...]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: `only` maps columns of dim_series to the values that the caller may see; empty means all."""

    name: str
    scopes: frozenset[str]
    products: frozenset[str] | None = None
    only: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def tag(self) -> str:
        """What tells apart two callers who may see different things."""
        return self.name if self.only or self.products is not None else ""


EVERYONE = Caller("anonymous", frozenset(SCOPES))


class Keys:
    """The accepted keys; without a file everyone may read everything."""

    def __init__(self, entries: tuple[KeyEntry, ...] | None, clock: Callable[[], datetime]) -> None:
        self._by_hash = None if entries is None else {entry.sha256: entry for entry in entries}
        self._clock = clock

    @classmethod
    def from_file(cls, path: Path | None, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Keys:
        """The keys in a file.

        Raises:
            ValueError: the file is missing or not a keys file; the message says where.
        """
        if path is None:
            return cls(None, clock)
        try:
            entries = KeyFile.model_validate_json(path.read_bytes()).keys
        except (OSError, ValidationError) as error:
            raise ValueError(f"FORECAST_API_KEYS_FILE {path.name}: {error}") from error
        unknown = sorted({scope for entry in entries for scope in entry.scopes} - set(SCOPES))
        if unknown:
            raise ValueError(f"FORECAST_API_KEYS_FILE {path.name}: unknown scopes {unknown}; known are {list(SCOPES)}")
        return cls(entries, clock)

    @property
    def are_needed(self) -> bool:
        """Whether callers must show a key."""
        return self._by_hash is not None

    def caller(self, headers: Mapping[bytes, bytes]) -> Caller:
        """Who sent these headers.

        Raises:
            Problem: no key, an unknown one, or one that has expired.
        """
        if self._by_hash is None:
            return EVERYONE
        shown = _shown_key(headers)
        if shown is None:
            raise Problem(
                "MISSING_KEY",
                "Send the key as 'Authorization: Bearer KEY', as 'X-API-Key: KEY', or as the password of HTTP Basic.",
                headers=CHALLENGE,
            )
        digest = hashlib.sha256(shown).hexdigest()
        entry = self._by_hash.get(digest)
        if entry is None or entry.revoked or not hmac.compare_digest(entry.sha256, digest):
            raise Problem("INVALID_KEY", "The key is unknown or revoked. Ask the operator for one.", headers=CHALLENGE)
        if entry.expires_at is not None and self._clock() >= entry.expires_at:
            raise Problem("KEY_EXPIRED", f"The key expired at {entry.expires_at.isoformat()}.", headers=CHALLENGE)
        return Caller(entry.key_id, entry.scopes, entry.products, entry.only)


def requires(scope: str) -> Callable[[Request], None]:
    """A dependency that lets only callers with this scope through."""
    if scope not in SCOPES:
        raise ValueError(f"expected one of {SCOPES}, found {scope!r}")

    async def check(request: Request) -> None:
        require(request, scope)

    return check  # type: ignore[return-value]


def require(request: Request, scope: str) -> Caller:
    """The caller, who has this scope.

    Raises:
        Problem: the caller has not.
    """
    caller = context_of(request).caller
    if scope not in caller.scopes:
        raise Problem("SCOPE_MISSING", f"The key {caller.name!r} lacks the scope {scope!r}.")
    return caller


def _shown_key(headers: Mapping[bytes, bytes]) -> bytes | None:
    if (plain := headers.get(b"x-api-key")) is not None:
        return plain
    kind, _, rest = headers.get(b"authorization", b"").partition(b" ")
    if kind.lower() == b"bearer" and rest:
        return rest.strip()
    if kind.lower() == b"basic":
        try:
            _, _, password = base64.b64decode(rest, validate=True).partition(b":")
        except binascii.Error:
            return b""
        return password
    return None
