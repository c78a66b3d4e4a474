"""The API under a bounded load on the loopback: latency and requests per second of a published snapshot."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np
import psutil

from benchmarks.child_process import Cost
from benchmarks.generated import SEED, Retail
from benchmarks.product_run import ProductRun
from benchmarks.speed.case import Request, case_result
from benchmarks.speed.scale import generated_run
from dagster_project.errors import StepFailed
from dagster_project.warehouse import Warehouse

DEFAULT_SERIES = 1_000
CLIENTS, SINGLE_REQUESTS, BATCH_REQUESTS, BATCH_SIZE = 4, 2_000, 100, 100
START_SECONDS = 60.0
HEADERS = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Call:
    """One request; the body is JSON text."""

    method: str
    path: str
    body: str | None = None


def api(request: Request) -> dict[str, Any]:
    """Publish generated series, serve them, and measure single and batch requests from four clients."""
    retail = Retail.of_series(request.n_series or DEFAULT_SERIES)
    product, run = generated_run(request, retail, models={"candidates": ["seasonal_naive", "moving_average"]})
    if not run.published:
        raise StepFailed("a published snapshot to serve", "a gate refused it", "See run.log of the kept home (--keep).")
    rows = Warehouse(run.warehouse).read("select unique_id from marts.dim_series where level = 'bottom' order by 1")
    ids: list[str] = rows["unique_id"].to_pylist()
    single = [
        Call("GET", "/v1/forecast?" + urlencode({"product": product.name, "unique_id": ids[number % len(ids)]}))
        for number in range(SINGLE_REQUESTS)
    ]
    batches = [
        Call("POST", "/v1/forecast:batch", json.dumps({"product": product.name, "unique_ids": _some(ids, number)}))
        for number in range(BATCH_REQUESTS)
    ]
    with _served(run) as (port, server):
        started, cpu = time.perf_counter(), _cpu(server)
        figures = {"single": _load(port, single), f"batch of {BATCH_SIZE}": _load(port, batches)}
        resident = sum(process.memory_info().rss for process in (server, *server.children(recursive=True)))
        cost = Cost(time.perf_counter() - started, _cpu(server) - cpu, resident / 2**20)
    protocol = {
        "data": f"generated retail demand, seed {SEED}",
        "n_series": len(ids),
        "clients": CLIENTS,
        "requests": {"single": SINGLE_REQUESTS, "batch": BATCH_REQUESTS},
        "clock": "client side, keep-alive, loopback; server and clients share the cores",
    }
    return case_result("api", protocol, figures, cost)


def _some(ids: Sequence[str], number: int) -> list[str]:
    return [ids[(number * BATCH_SIZE + position) % len(ids)] for position in range(BATCH_SIZE)]


def _load(port: int, calls: Sequence[Call]) -> dict[str, float]:
    """Latencies in milliseconds and requests per second; any answer but 200 is counted as failed."""
    _client(
        port, calls[:CLIENTS]
    )  # one of each connection is warm-up, as a server that has just started is not typical
    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        shares = [calls[client::CLIENTS] for client in range(CLIENTS)]
        answers = [answer for answers in pool.map(lambda share: _client(port, share), shares) for answer in answers]
    seconds = time.perf_counter() - started
    milliseconds = np.array([1000 * latency for latency, _ in answers])
    p50, p95, p99 = np.percentile(milliseconds, [50, 95, 99])
    failed = sum(status != http.client.OK for _, status in answers)
    return {"p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "requests_per_s": len(calls) / seconds, "failed": failed}


def _client(port: int, calls: Sequence[Call]) -> list[tuple[float, int]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    answers = []
    for call in calls:
        started = time.perf_counter()
        connection.request(call.method, call.path, call.body, HEADERS)
        response = connection.getresponse()
        response.read()
        answers.append((time.perf_counter() - started, response.status))
    connection.close()
    return answers


@contextmanager
def _served(run: ProductRun) -> Iterator[tuple[int, psutil.Process]]:
    """The server on a free port, ready; ended with the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {**os.environ, "FORECAST_HOME": str(run.paths.home), "FORECAST_LOG_REQUESTS": "false"}
    log = (run.paths.home / "serve.log").open("w")
    command = [sys.executable, "-m", "api", "--port", str(port)]
    server = psutil.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait_until_ready(port, server)
        yield port, server
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


def _wait_until_ready(port: int, server: psutil.Process) -> None:
    deadline = time.perf_counter() + START_SECONDS
    while time.perf_counter() < deadline and server.is_running():
        try:
            if _client(port, [Call("GET", "/ready")])[0][1] == http.client.OK:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise StepFailed("a server that is ready", f"none within {START_SECONDS:.0f} s", "See serve.log (--keep DIR).")


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
