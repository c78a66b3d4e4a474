"""`python -m benchmarks accuracy TASK`, `speed CASE`, `all`: results as JSON, a table for people on standard error.

Exit codes are those of `forecast`: 0 done, 1 failed, 2 wrong usage or data missing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.accuracy import run_accuracy
from benchmarks.result import RESULTS, completed, write_result
from benchmarks.speed import CASES
from benchmarks.speed.case import Request
from benchmarks.table import print_accuracy, print_speed
from benchmarks.tasks import TASKS
from benchmarks.unseen import run_unseen
from dagster_project.errors import ForecastError

DATA_VARIABLE = "FORECAST_DATA_DIR"
UNSEEN_TASK = "unseen"
ACCURACY = (*TASKS, UNSEEN_TASK)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    console = Console(stderr=True)
    jobs: list[tuple[str, str]] = {
        "accuracy": [("accuracy", getattr(options, "name", ""))],
        "speed": [("speed", getattr(options, "name", ""))],
        "all": [*(("accuracy", name) for name in ACCURACY), *(("speed", name) for name in CASES)],
    }[options.command]
    worst = 0
    for kind, name in jobs:
        try:
            result = _run(kind, name, options)
        except ForecastError as error:
            console.print(f"{name}: {error}", style="red", highlight=False)
            worst = max(worst, error.exit_code)
            continue
        (print_accuracy if kind == "accuracy" else print_speed)(result, console)
        _write(result, options, name, all_results=len(jobs) > 1)
    return worst


def _run(kind: str, name: str, options: argparse.Namespace) -> dict[str, Any]:
    with _folder(options.keep, name) as folder:
        if name == UNSEEN_TASK:
            result = run_unseen(folder)
        elif kind == "accuracy":
            result = run_accuracy(TASKS[name], options.data_dir, folder, options.series)
        else:
            result = CASES[name](Request(folder, options.series, options.data_dir))
    sample = f" --series {options.series}" if options.series else ""
    return completed(result, f"python -m benchmarks {kind} {name}{sample}")


def _write(result: dict[str, Any], options: argparse.Namespace, name: str, *, all_results: bool) -> None:
    if all_results:
        write_result(result, (options.out or RESULTS) / f"{name}.json")
    elif options.out:
        write_result(result, options.out)
    else:
        json.dump(result, sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")


@contextmanager
def _folder(keep: Path | None, name: str) -> Iterator[Path]:
    """A folder for deliveries, warehouses and logs; removed afterwards unless it is to be kept."""
    if keep is not None:
        folder = keep.absolute() / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="forecast-benchmark-") as temporary:
        yield Path(temporary)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    accuracy = commands.add_parser("accuracy", help="score the product on a task with published scores")
    accuracy.add_argument("name", choices=sorted(ACCURACY), metavar="TASK", help=", ".join(ACCURACY))
    speed = commands.add_parser("speed", help="measure seconds and memory, beside a peer where one is named")
    speed.add_argument("name", choices=sorted(CASES), metavar="CASE", help=", ".join(CASES))
    everything = commands.add_parser("all", help="every task and case, into benchmarks/results")
    default = os.environ.get(DATA_VARIABLE)
    for command in (accuracy, speed, everything):
        command.add_argument(
            "--data-dir",
            type=Path,
            default=Path(default) if default else None,
            metavar="DIR",
            help=f"folder of the real data (default: {DATA_VARIABLE})",
        )
        command.add_argument("--out", type=Path, metavar="FILE", help="write the JSON there instead of standard output")
        command.add_argument(
            "--series", type=int, metavar="N", help="the first N series only: a quick look, not comparable"
        )
        command.add_argument("--keep", type=Path, metavar="DIR", help="keep deliveries, warehouses and logs there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
