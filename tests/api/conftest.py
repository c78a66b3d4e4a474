import importlib.util
import shutil
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest
import uvicorn

from api.main import create_app
from api.server import server_config
from api.settings import Settings
from dagster_project.paths import ProductPaths
from dagster_project.publishing.protocol import publish

with warnings.catch_warnings():
    # Starlette says at import that httpx2 is to come; httpx is what the lock has.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("example_warehouse", ROOT / "tests" / "example_warehouse.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def publish_example(home: Path, example: ModuleType, *, shift: float = 0.0, name: str = "demo", **size: int) -> str:
    paths = ProductPaths(home, name)
    example.build_warehouse(paths.warehouse, shift=shift, **size)
    card = example.CARD.model_copy(update={"name": name})
    return publish(paths, card, example.LINEAGE, published_at=example.PUBLISHED_AT, keep=3).snapshot_id


@pytest.fixture(scope="session")
def published_once(tmp_path_factory: pytest.TempPathFactory, example: ModuleType) -> Path:
    """A home with two snapshots of the product demo; tests must not write in it."""
    home = tmp_path_factory.mktemp("published")
    publish_example(home, example, shift=5.0)
    publish_example(home, example)
    (home / "demo" / "warehouse.duckdb").unlink()
    return home


@pytest.fixture
def home(tmp_path: Path, published_once: Path) -> Path:
    """A copy of the published home that a test may damage."""
    shutil.copytree(published_once, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def publish_next(home: Path, example: ModuleType) -> Callable[..., str]:
    """Publish another snapshot, whose forecasts are higher by `shift`."""
    return lambda shift=1.0, name="demo": publish_example(home, example, shift=shift, name=name)


def settings_for(home: Path, **changes: object) -> Settings:
    quiet = {"log_requests": False, "prediction_log": False, "poll_seconds": 0.05}
    return Settings(home=home, **{**quiet, **changes})


@pytest.fixture
def settings_of(home: Path) -> Callable[..., Settings]:
    return lambda **changes: settings_for(home, **changes)


@pytest.fixture(scope="session")
def client(published_once: Path) -> Iterator[TestClient]:
    """The API over the published home, shared by tests that only read."""
    with TestClient(create_app(settings_for(published_once)), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client_of(settings_of: Callable[..., Settings]) -> Iterator[Callable[..., TestClient]]:
    """A client of an API with other settings, over a home of its own."""
    open_clients = []

    def make(**changes: object) -> TestClient:
        client = TestClient(create_app(settings_of(**changes)), raise_server_exceptions=False)
        client.__enter__()
        open_clients.append(client)
        return client

    yield make
    for client in open_clients:
        client.__exit__(None, None, None)


@contextmanager
def running(settings: Settings) -> Iterator[int]:
    """A real server on a free port of the loopback address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(server_config(create_app(settings), settings, "127.0.0.1", port))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.02)
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join(timeout=15)


@pytest.fixture
def server_of(settings_of: Callable[..., Settings]) -> Callable[..., object]:
    return lambda **changes: running(settings_of(**changes))


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for something that another thread does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def wait_until() -> Callable[..., None]:
    return until


class ForecastChecks:
    """What every forecast answer has."""

    FIELDS = (
        "product", "unique_id", "level", "keys", "freq", "unit", "cutoff", "model", "model_version", "forecast_source",
        "generated_at", "snapshot_id", "stale", "stale_reason", "coverage", "points", "warnings",
    )  # fmt: skip


@pytest.fixture(scope="session")
def forecast_fields() -> tuple[str, ...]:
    return ForecastChecks.FIELDS
