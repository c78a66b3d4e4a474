"""Where a figure was measured: versions and machine, without names that identify it."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from dagster_project.pipeline.identity import code_version

PACKAGES = (
    "duckdb",
    "dbt-core",
    "dbt-duckdb",
    "dagster",
    "lightgbm",
    "numpy",
    "pandas",
    "pyarrow",
    "sktime",
    "statsforecast",
)


def versions() -> dict[str, str]:
    """Installed versions of what makes the numbers; `code` is the digest of our own SQL and Python."""
    found = {"python": platform.python_version(), "code": code_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def machine() -> dict[str, Any]:
    """Processor, usable cores, memory in GB, operating system; `load_1m` tells whether others were busy too."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "load_1m": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
