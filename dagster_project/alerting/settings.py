"""Which channel an owner is reached through, as the product file says it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dagster_project.strict_settings import Settings


class Channel(Settings):
    """How one owner is told.

    `file`: a line in `alerts/<owner>.jsonl` of the product. `log`: a line in the log of the run as well. `webhook`: a
    POST of the alert as JSON to the address in the environment variable `url_env`, which is a secret and never stored.
    The file is always written; it is what an owner looks at when a webhook was down.
    """

    kind: Literal["file", "log", "webhook"] = "file"
    url_env: Annotated[str | None, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] = None


class Notifications(Settings):
    """The channel of every owner that has one of its own; who has none is reached through `default`."""

    default: Channel = Channel()
    owners: dict[str, Channel] = Field(default_factory=dict)

    def channel_of(self, owner: str) -> Channel:
        """How this owner is told."""
        return self.owners.get(owner, self.default)
