"""The base of everything that a YAML file of ours may say."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Frozen; a key that nothing reads is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
