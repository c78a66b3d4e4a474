"""Having a fresh process verify a snapshot file, and what to do when it says no."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path

from dagster_project.errors import GateRefused, StepFailed
from dagster_project.publishing.relations import Content

# Hashing and key checks of 100 million rows take about two minutes on two cores; ten means that it hangs.
DEADLINE_SECONDS = 600


def problems_seen_by_fresh_process(
    file: Path, contents: Mapping[str, Content], own_names: Collection[str]
) -> list[str]:
    """What `verify` finds wrong with the file, in a process that never wrote it.

    Raises:
        StepFailed: the verifying process died or did not end.
    """
    expected = {"tables": {name: asdict(content) for name, content in contents.items()}, "own_names": [*own_names]}
    with tempfile.TemporaryDirectory() as folder:
        expected_file = Path(folder) / "expected.json"
        expected_file.write_text(json.dumps(expected), encoding="utf-8")
        command = [sys.executable, "-m", "dagster_project.publishing.verify", str(file), str(expected_file)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=DEADLINE_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise StepFailed(
                expected="a verdict on the new snapshot",
                found=f"none after {DEADLINE_SECONDS} s",
                do="The served snapshot stays. Publish again when the machine is less busy.",
            ) from error
    if done.returncode not in {0, 1} or not done.stdout.strip():
        raise StepFailed(
            expected="a verdict on the new snapshot",
            found=f"the verifying process ended with code {done.returncode}: {done.stderr.strip()[-500:]}",
            do="The served snapshot stays. Publish again; if it repeats, rebuild the warehouse.",
        )
    problems: list[str] = json.loads(done.stdout)["problems"]
    return problems


def refuse(problems: list[str], what: str) -> None:
    """Raise when there are problems.

    Raises:
        GateRefused: always, if `problems` is not empty.
    """
    if problems:
        shown = "; ".join(problems[:5]) + (f"; and {len(problems) - 5} more" if len(problems) > 5 else "")
        raise GateRefused(
            expected=f"{what} to keep what the published tables promise",
            found=shown,
            do="Nothing was published, the served snapshot stays. Mend the tables that are named, then publish again.",
        )
