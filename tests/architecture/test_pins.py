"""The versions that were measured together are the ones that run."""

import re
import tomllib
from importlib.metadata import version

import pytest
from packaging.requirements import Requirement

# Each of these silently resolves to something much older or incompatible when its pin is loosened.
FIXED = {
    "dagster": "1.13.27",
    "dagster-webserver": "1.13.27",
    "dagster-dbt": "0.29.27",
    "dbt-core": "1.11.16",
    "dbt-duckdb": "1.11.1",
    "duckdb": "1.5.5",
    "pandas": "2.3.3",
    "sktime": "1.2.0",
    "lightgbm": "4.7.0",
    "statsforecast": "2.1.1",
    "fastapi": "0.165.0",
    "pydantic": "2.14.3",
    "uvicorn": "0.54.0",
    "sqlfluff": "4.4.0",
}


@pytest.mark.parametrize("package", FIXED)
def test_the_installed_version_is_the_pinned_one(package):
    assert version(package) == FIXED[package]


def test_every_dependency_is_locked_with_a_hash(root):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *(item for extra in project["optional-dependencies"].values() for item in extra),
    ]
    lock = (root / "requirements-dev.lock").read_text()
    locked = dict(
        re.findall(
            r"^([a-zA-Z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)[^\n]*\\\n\s+--hash=sha256:", lock, flags=re.MULTILINE
        )
    )
    for text in wanted:
        requirement = Requirement(text)
        name = requirement.name.lower().replace("_", "-")
        assert name in locked, f"{name} is not in requirements-dev.lock; run make lock"
        assert requirement.specifier.contains(locked[name]), f"{text} but the lock has {locked[name]}; run make lock"


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-bootstrap.lock"])
def test_a_lock_names_no_download_address(root, lock):
    assert not re.search(r"https?://|--index-url|--find-links", (root / lock).read_text())
