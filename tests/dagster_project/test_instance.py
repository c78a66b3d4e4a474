"""Dagster's storage, opened by several processes of a home directory that is new to all of them."""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Every process has its modules loaded before any of them looks for the tables.
OPEN = """
import sys, time
from pathlib import Path
import dagster
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster_project.instance import instance_of

home = Path(sys.argv[1])
print("ready", flush=True)
while not (home / "start").exists():
    time.sleep(0.001)
with instance_of(home) as instance:
    assert instance.get_runs() == []
"""


def test_processes_that_open_a_new_storage_at_once_all_get_it(tmp_path):
    openers = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    for opener in openers:
        assert opener.stdout.readline() == b"ready\n"
    (tmp_path / "start").touch()
    deadline = time.monotonic() + 120
    for opener in openers:
        _, errors = opener.communicate(timeout=deadline - time.monotonic())
        assert opener.returncode == 0, errors.decode()
