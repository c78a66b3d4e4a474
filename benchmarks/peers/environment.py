"""The virtual environment of a peer: made once from a lock with hashes, outside the repository."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from dagster_project.errors import StepFailed

CACHE_VARIABLE = "FORECAST_BENCHMARK_CACHE"
HERE = Path(__file__).parent


def cache_folder() -> Path:
    """Where environments are kept: `FORECAST_BENCHMARK_CACHE`, else the user's cache folder."""
    given = os.environ.get(CACHE_VARIABLE)
    base = os.environ.get("XDG_CACHE_HOME")
    return Path(given) if given else (Path(base) if base else Path.home() / ".cache") / "forecast-benchmarks"


def peer_python(peer: str) -> Path:
    """The interpreter of a peer's environment, made from `<peer>.lock` when there is none for this lock yet.

    Raises:
        StepFailed: pip cannot install the lock, for want of a package index for instance.
    """
    lock = HERE / f"{peer}.lock"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    folder = cache_folder() / f"{peer}-{digest}"
    python, stamp = folder / "bin" / "python", folder / "complete"
    if stamp.exists():
        return python
    _run([sys.executable, "-m", "venv", "--clear", str(folder)], peer)
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", str(lock)]
    _run([str(python), *install], peer)
    stamp.write_text(f"{digest}\n")
    return python


def peer_versions(peer: str) -> dict[str, str]:
    """The versions its input file pins, as they are asked for.

    >>> peer_versions("mlforecast")["mlforecast"]
    '1.1.0'
    """
    pins = (line.partition("==") for line in (HERE / f"{peer}.in").read_text().split())
    return {name: version for name, _, version in pins}


def _run(command: Sequence[str], peer: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StepFailed(
            expected=f"a virtual environment with the locked versions of {peer}",
            found=f"pip's answer {(done.stderr or done.stdout).strip()[-500:]!r}",
            do=f"Give pip a package index, or name a folder with a finished environment in {CACHE_VARIABLE}.",
        )
