"""Dagster's own storage, one for all products below a home directory."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project.locks import file_lock

if TYPE_CHECKING:
    import dagster as dg

# One writer per warehouse file, and one run of a product at a time: steps of two runs would work on each other's
# features. A run whose worker died is noticed and ended; nothing is sent anywhere,
# and nobody is asked for a mail address.
DAGSTER_YAML = """\
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  pools:
    granularity: op
    default_limit: 1
  runs:
    tag_concurrency_limits:
      - key: product
        value: {applyLimitPerUniqueValue: true}
        limit: 1
run_monitoring:
  enabled: true
  start_timeout_seconds: 300
run_retries:
  enabled: true
  max_retries: 1
  retry_on_asset_or_op_failure: false
"""


# Dagster creates its three databases in seconds, also on a busy machine.
CREATION_SECONDS = 120.0


def instance_directory(home: Path) -> Path:
    """The directory of Dagster's storage, with its settings file written."""
    directory = home / ".dagster"
    settings = directory / "dagster.yaml"
    with _one_at_a_time(directory):
        if not settings.exists() or settings.read_text() != DAGSTER_YAML:
            settings.write_text(DAGSTER_YAML)
    return directory


def instance_of(home: Path) -> dg.DagsterInstance:
    """The Dagster instance of a home directory."""
    import dagster as dg  # noqa: PLC0415 - seconds; who only asks for the directory does without

    directory = instance_directory(home)
    with _one_at_a_time(directory):
        return dg.DagsterInstance.from_config(str(directory))


def _one_at_a_time(directory: Path) -> AbstractContextManager[None]:
    """Dagster looks for its tables, then creates them: of two processes that both found none, the second fails."""
    return file_lock(directory / "creation.lock", "opening Dagster's storage", wait_s=CREATION_SECONDS)
