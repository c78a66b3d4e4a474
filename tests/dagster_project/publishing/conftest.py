import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from dagster_project.paths import ProductPaths
from dagster_project.publishing.protocol import Publication, publish

ROOT = Path(__file__).resolve().parents[3]
PUBLISH = """
import sys
from datetime import datetime
from pathlib import Path
sys.path.insert(0, sys.argv[2])
if limit := int(sys.argv[4]):
    import resource, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
import example_warehouse as example
from dagster_project.paths import ProductPaths
from dagster_project.publishing.protocol import publish
done = publish(ProductPaths(Path(sys.argv[1]), "demo"), example.CARD, example.LINEAGE,
               published_at=example.PUBLISHED_AT, keep=int(sys.argv[3]))
print(done.snapshot_id, done.unchanged)
"""


@pytest.fixture(scope="session")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("example_warehouse", ROOT / "tests" / "example_warehouse.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory, example: ModuleType) -> Path:
    """A home with a warehouse, and one where it was published and then, moved by one, published again."""
    homes = tmp_path_factory.mktemp("built")
    example.build_warehouse(ProductPaths(homes / "warehouse", "demo").warehouse)
    twice = ProductPaths(homes / "twice", "demo")
    for shift in (0.0, 1.0):
        example.build_warehouse(twice.warehouse, shift=shift)
        publish(twice, example.CARD, example.LINEAGE, published_at=example.PUBLISHED_AT)
        if shift == 0.0:
            shutil.copytree(homes / "twice", homes / "once")
    return homes


@pytest.fixture
def paths(tmp_path: Path, built_once: Path) -> ProductPaths:
    """A warehouse of which nothing is published."""
    shutil.copytree(built_once / "warehouse", tmp_path / "home")
    return ProductPaths(tmp_path / "home", "demo")


@pytest.fixture
def published(tmp_path: Path, built_once: Path) -> ProductPaths:
    """A warehouse that is published as it is."""
    shutil.copytree(built_once / "once", tmp_path / "published")
    return ProductPaths(tmp_path / "published", "demo")


@pytest.fixture
def published_twice(tmp_path: Path, built_once: Path) -> ProductPaths:
    """A warehouse that is published as it is, and an earlier snapshot whose forecasts are lower by one."""
    shutil.copytree(built_once / "twice", tmp_path / "published_twice")
    return ProductPaths(tmp_path / "published_twice", "demo")


@pytest.fixture
def publish_now(example: ModuleType) -> Callable[..., Publication]:
    def now(paths: ProductPaths, keep: int = 3) -> Publication:
        return publish(paths, example.CARD, example.LINEAGE, published_at=example.PUBLISHED_AT, keep=keep)

    return now


@pytest.fixture
def publish_in_process() -> Callable[..., subprocess.CompletedProcess]:
    """Publish in a process of its own, which `FORECAST_FAULT=publish:<fault>` may kill.

    With `file_limit` no file may grow beyond that many bytes: what a full disk does to a writer.
    """

    def run(paths: ProductPaths, fault: str = "", keep: int = 3, file_limit: int = 0) -> subprocess.CompletedProcess:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "FORECAST_FAULT": f"publish:{fault}" if fault else ""}
        command = [sys.executable, "-c", PUBLISH, str(paths.home), str(ROOT / "tests"), str(keep), str(file_limit)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)

    return run
