"""Dagster's own storage, one for all products below a home directory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

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


def instance_directory(home: Path) -> Path:
    """The directory of Dagster's storage, with its settings file written."""
    directory = home / ".dagster"
    directory.mkdir(parents=True, exist_ok=True)
    settings = directory / "dagster.yaml"
    if not settings.exists() or settings.read_text() != DAGSTER_YAML:
        settings.write_text(DAGSTER_YAML)
    return directory


def instance_of(home: Path) -> dg.DagsterInstance:
    """The Dagster instance of a home directory."""
    import dagster as dg  # noqa: PLC0415 - seconds; who only asks for the directory does without

    return dg.DagsterInstance.from_config(str(instance_directory(home)))
