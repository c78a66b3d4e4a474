"""Facts about the code as text that no other tool checks."""

import ast
import re

import pytest

PACKAGES = ("forecasting", "dagster_project", "api")
# The command line is the outermost command; the API and the ledger of costs measure durations.
CLOCK_READERS = {"dagster_project/cli/session.py", "dagster_project/defs/settings.py"}
CLOCK = re.compile(r"\b(datetime\.(now|utcnow|today)|date\.today|time\.time)\(")


def python_files(root):
    return [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]


def test_nothing_below_the_command_line_reads_the_clock(root):
    readers = {
        str(path.relative_to(root))
        for path in python_files(root)
        if path.parts[-2] != "api" and "api" not in path.relative_to(root).parts[:1] and CLOCK.search(path.read_text())
    }
    assert readers <= CLOCK_READERS


def test_sql_reads_no_clock(root):
    clock = re.compile(r"\b(now\(\)|current_date|current_timestamp|get_current_timestamp|today\(\))", re.IGNORECASE)
    offenders = [
        str(path.relative_to(root))
        for folder in ("models_sql", "dbt_project")
        for path in sorted((root / folder).rglob("*.sql"))
        if "target" not in path.parts and clock.search(re.sub(r"--.*", "", path.read_text()))
    ]
    assert offenders == []


def test_models_are_never_pickled(root):
    for path in python_files(root):
        names = {
            alias.name.split(".")[0]
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        assert not names & {"pickle", "cloudpickle", "dill"}, path


@pytest.mark.parametrize("suffix", ["*.py", "*.sql", "*.yml"])
def test_files_hold_one_idea(root, suffix):
    folders = (*PACKAGES, "models_sql", "dbt_project", "tests", "benchmarks", "dashboard")
    # The contract of one dbt model cannot be split over files, and the feature table has two hundred columns.
    exempt = {"models_sql/features/_features__models.yml"}
    long = {
        str(path.relative_to(root)): lines
        for folder in folders
        for path in sorted((root / folder).rglob(suffix))
        if not {"target", "__pycache__"} & set(path.parts) and (lines := len(path.read_text().splitlines())) > 400
    }
    assert set(long) - exempt == set(), long


def test_no_catch_all_names(root):
    names = [
        str(path.relative_to(root))
        for folder in (*PACKAGES, "tests", "benchmarks", "dashboard", "dbt_project", "models_sql")
        for path in (root / folder).rglob("*")
        if path.stem in {"utils", "util", "helpers", "helper", "common", "misc"} and "target" not in path.parts
    ]
    assert names == []
