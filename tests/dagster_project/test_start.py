"""What a command imports before it knows what it has to do: each of these takes seconds."""

import subprocess
import sys

import pytest

SLOW = ("pandas", "sktime", "sklearn", "scipy", "lightgbm", "dagster", "dbt")


@pytest.mark.parametrize("module", ["dagster_project.cli.main", "dagster_project.pipeline.stages"])
def test_commands_start_without_what_only_a_run_needs(module):
    program = f"import sys, {module}; print(*[name for name in {SLOW} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
