"""Everything the API can be told; it is read from the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import limits
from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Names = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """Settings of one API process; each field is the environment variable `FORECAST_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="FORECAST_", frozen=True, extra="ignore")

    home: Path = Field(description="The directory that holds one directory per product.")
    products: Names = Field((), description="Products to serve, separated by commas; empty serves every published one.")
    poll_seconds: float = Field(2.0, gt=0, le=3600, description="How often current.json is looked at.")
    max_age_hours: float | None = Field(None, gt=0, description="A snapshot published longer ago is called stale.")

    max_batch: int = Field(1000, ge=1, le=100_000, description="Series in one batch request.")
    max_page: int = Field(1000, ge=1, le=100_000, description="Rows in one page.")
    max_xlsx_rows: int = Field(200_000, ge=1, le=1_048_575, description="Rows in one Excel export.")
    max_body_bytes: int = Field(1_000_000, ge=1024)
    max_url_bytes: int = Field(8192, ge=256)
    max_header_bytes: int = Field(32_768, ge=1024)
    header_deadline_s: float = Field(5.0, gt=0, description="A client must have sent its headers by then.")
    body_deadline_s: float = Field(10.0, gt=0, description="A client must have sent its body by then.")
    query_deadline_s: float = Field(10.0, gt=0, description="A query on the snapshot is stopped after this time.")

    rate_limit: str = Field("", description="Requests per caller, such as '600/minute'; empty means no limit.")
    api_keys_file: Path | None = Field(None, description="JSON file of hashed keys; without it nobody needs a key.")
    cors_origins: Names = Field((), description="Origins whose pages may call the API; none by default.")
    docs_enabled: bool = Field(True, description="Whether /docs and /openapi.json are served.")

    log_requests: bool = Field(True, description="One JSON line on standard error per request.")
    prediction_log: bool = Field(True, description="Answered forecasts go to HOME/<product>/logs/predictions/*.jsonl.")
    prediction_log_share: float = Field(0.1, ge=0, le=1, description="Share logged; errors and fallbacks always are.")
    memory_limit: str = Field("1GB", description="Memory of DuckDB, per snapshot.")
    threads: int = Field(2, ge=1, le=64, description="Threads of DuckDB, per snapshot.")

    @field_validator("rate_limit")
    @classmethod
    def _is_a_limit(cls, value: str) -> str:
        if value:
            limits.parse(value)
        return value

    @field_validator("products", "cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value
