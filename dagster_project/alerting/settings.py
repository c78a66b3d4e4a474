"""Which channel an owner is reached through, as the product file says it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Channel(BaseModel):
    """How one owner is told.

    `file`: a line in `alerts/<owner>.jsonl` of the product. `log`: a line in the log of the run as well. `webhook`: a
    POST of the alert as JSON to the address in the environment variable `url_env`, which is a secret and never stored.
    The file is always written; it is what an owner looks at when a webhook was down.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["file", "log", "webhook"] = "file"
    url_env: Annotated[str | None, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] = None


class Notifications(BaseModel):
    """The channel of every owner that has one of its own; who has none is reached through `default`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    default: Channel = Channel()
    owners: dict[str, Channel] = Field(default_factory=dict)

    def channel_of(self, owner: str) -> Channel:
        """How this owner is told."""
        return self.owners.get(owner, self.default)
