"""Sending alerts: each to its owner, once; what could not be sent is sent with the next ones."""

from __future__ import annotations

import json
import logging
import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from pathlib import Path

from dagster_project.alerting.alert import Alert
from dagster_project.alerting.settings import Channel
from dagster_project.locks import file_lock
from dagster_project.paths import ProductPaths
from dagster_project.product import Product

LOGGER = logging.getLogger("forecast.alerts")
WEBHOOK_TIMEOUT_S = 5.0
_LEDGER = "sent.jsonl"


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one alert: how it was sent, and why not where `error` is not empty."""

    alert: Alert
    kind: str
    error: str


def send(product: Product, paths: ProductPaths, alerts: Iterable[Alert], at: datetime) -> list[Sent]:
    """Send every alert that its owner does not know yet; those for dashboards only (`info`) are left out.

    An owner who cannot be reached never stops a run: the alert stays in the owner's file, and is sent again later.
    """
    wanted = [alert for alert in alerts if alert.tier != "info"]
    if not wanted:
        return []
    folder = paths.root / "alerts"
    folder.mkdir(parents=True, exist_ok=True)
    with file_lock(folder / ".lock", "sending alerts", wait_s=10.0):
        written, delivered = _known(folder)
        sent = []
        for alert in {alert.alert_id: alert for alert in wanted if alert.alert_id not in delivered}.values():
            if alert.alert_id not in written:
                _append(folder / f"{_file_name(alert.owner)}.jsonl", alert.model_dump() | {"raised_at": str(at)})
            channel = product.notifications.channel_of(alert.owner)
            error = _deliver(alert, channel)
            sent.append(Sent(alert, channel.kind, error))
            _append(
                folder / _LEDGER,
                {"alert_id": alert.alert_id, "owner": alert.owner, "kind": channel.kind, "at": str(at), "error": error},
            )
        return sent


def _deliver(alert: Alert, channel: Channel) -> str:
    """Why the alert could not be delivered; '' when it was."""
    if channel.kind == "file":
        return ""
    if channel.kind == "log":
        LOGGER.warning("%s for %s: %s (%s)", alert.tier, alert.owner, alert.message, alert.runbook)
        return ""
    url = os.environ.get(channel.url_env or "", "")
    if not url.startswith(("https://", "http://")):
        return f"no address in the environment variable {channel.url_env}"
    request = urllib.request.Request(  # noqa: S310 - http(s) only, checked above
        url, data=alert.model_dump_json().encode(), headers={"Content-Type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=WEBHOOK_TIMEOUT_S):  # noqa: S310 - http(s) only
            return ""
    except urllib.error.HTTPError as error:
        return f"HTTP {error.code}"
    except (urllib.error.URLError, HTTPException, OSError, ValueError) as error:
        # The address is a secret: only the kind of trouble is told.
        return type(error).__name__


def _known(folder: Path) -> tuple[set[str], set[str]]:
    """Alerts that are in their owner's file, and those that were delivered as well."""
    ledger = folder / _LEDGER
    lines = ledger.read_text(encoding="utf-8").splitlines() if ledger.exists() else []
    entries = [json.loads(line) for line in lines]
    return {entry["alert_id"] for entry in entries}, {entry["alert_id"] for entry in entries if not entry["error"]}


def _append(path: Path, record: dict[str, object]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record, ensure_ascii=False) + "\n")


def _file_name(owner: str) -> str:
    """An owner as the name of a file.

    >>> _file_name("team:retail-data"), _file_name("ann@example.org")
    ('team_retail-data', 'ann_example.org')
    """
    return re.sub(r"[^A-Za-z0-9._-]", "_", owner)
