"""Fixtures that every part shares."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of the real data sets; tests that need it are skipped without it."""
    folder = os.environ.get("FORECAST_DATA_DIR")
    if not folder:
        pytest.skip("FORECAST_DATA_DIR is not set: this test needs the real data sets")
    return Path(folder)
