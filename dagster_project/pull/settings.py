"""How an entity is fetched, as its product file says it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field, model_validator

from dagster_project.strict_settings import Settings

HttpUrl = Annotated[str, Field(pattern=r"^https?://[^\s]+$")]
# Letters, digits and underscores between dots: where a value lies in a JSON answer.
JsonPath = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$")]


class Token(Settings):
    """The secret that opens the API; it is never written anywhere.

    `env` names the environment variable that holds it; a variable `<env>_FILE` names a file that holds it instead and
    is read again whenever the API refuses the token, so that a secret may be rotated while a pull runs. With
    `refresh_url` a refused token is exchanged there (POST with the secret; the answer holds the new one at
    `refresh_path`).
    """

    env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
    header: str = "Authorization"
    prefix: str = ""
    refresh_url: HttpUrl | None = None
    refresh_path: JsonPath = "token"


class Pull(Settings):
    """One paged HTTP API.

    `params` may hold `{start}` and `{end}` (UTC, ISO 8601): from the end of the last finished pull, less
    `overlap_hours`, to the moment of this one. `records` says where in the answer the records lie (nothing: the answer
    is the list); `fields` where in a record each delivered column lies.
    Pages: with `next`, the value there is sent as `page_param` until it is empty; without, pages are counted from
    `first_page` until one is empty. `total` says where the answer counts all records; then none may be missing.
    """

    url: HttpUrl
    params: dict[str, str] = Field(default_factory=dict)
    records: JsonPath | None = None
    fields: Annotated[dict[str, JsonPath], Field(min_length=1)]
    page_param: str = "page"
    next: JsonPath | None = None
    first_page: int = 1
    total: JsonPath | None = None
    token: Token | None = None
    start: dt.datetime
    overlap_hours: Annotated[float, Field(ge=0)] = 0.0
    timeout_s: Annotated[float, Field(gt=0)] = 30.0
    attempts: Annotated[int, Field(ge=1, le=20)] = 5
    backoff_s: Annotated[float, Field(ge=0)] = 1.0
    max_pages: Annotated[int, Field(ge=1)] = 10_000

    @model_validator(mode="after")
    def _start_is_utc(self) -> Pull:
        if self.start.tzinfo is not None and self.start.utcoffset() != dt.timedelta(0):
            raise ValueError(f"expected pull.start in UTC, found {self.start}")
        return self
