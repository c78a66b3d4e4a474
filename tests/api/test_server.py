"""A real server on the loopback address: slow and broken clients, swaps under load, stopping."""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
GOOD = b"GET /v1/forecast?unique_id=total HTTP/1.1\r\nHost: x\r\n\r\n"


def answer_to(port, *pieces, pause=0.0, seconds=20.0):
    """Send pieces, read until the server closes; the answer and how long it took."""
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as client:
        received = b""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for piece in pieces:
                client.sendall(piece)
                # An answer ends the sending: going on would make the kernel reset the connection and drop the answer.
                if select.select([client], [], [], pause)[0]:
                    break
            while chunk := client.recv(65536):
                received += chunk
    return received, time.monotonic() - started


def drip(piece, times):
    return [piece] * times


SLOW = {
    "says nothing": [],
    "stops in the headers": [b"GET /health HTTP/1.1\r\nHost: x\r\n"],
    "drips headers": [b"GET /health HTTP/1.1\r\n", *drip(b"X-A: b\r\n", 40)],
    "drips the body": [
        b"POST /v1/forecast HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n",
        *drip(b" ", 40),
    ],
}


@pytest.mark.parametrize("kind", SLOW)
def test_a_slow_client_is_told_408_and_closed(server_of, kind):
    with server_of(header_deadline_s=1.0, body_deadline_s=1.0) as port:
        answer, seconds = answer_to(port, *SLOW[kind], pause=0.1)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "REQUEST_TIMEOUT"
    assert seconds < 6


def test_without_the_deadline_a_slow_client_stays(server_of, monkeypatch):
    """The negative control: uvicorn's own protocol waits for ever."""
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

    import api.server

    monkeypatch.setattr(api.server.DeadlineProtocol, "configured", classmethod(lambda cls, settings: HttpToolsProtocol))
    with server_of(header_deadline_s=0.5, body_deadline_s=0.5) as port, pytest.raises(TimeoutError):
        answer_to(port, *SLOW["stops in the headers"], seconds=2.5)


def test_half_open_clients_do_not_keep_good_ones_out(server_of):
    with server_of(header_deadline_s=8.0) as port, contextlib.ExitStack() as stack:
        for _ in range(300):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            client.sendall(b"GET / HTTP/1.1\r\nHost:")
        started = time.monotonic()
        assert httpx.get(f"http://127.0.0.1:{port}/v1/forecast?unique_id=total").status_code == 200
        assert time.monotonic() - started < 2.0


def test_large_headers_are_431(server_of):
    with server_of() as port:
        whole, _ = answer_to(port, b"GET /health HTTP/1.1\r\nX-A: " + b"a" * 300_000 + b"\r\n\r\n")
        many, _ = answer_to(port, b"GET /health HTTP/1.1\r\n" + b"X-A: b\r\n" * 10_000, b"\r\n")
        fine, _ = answer_to(port, b"GET /health HTTP/1.1\r\nConnection: close\r\nX-A: " + b"a" * 30_000 + b"\r\n\r\n")
    assert whole.startswith(b"HTTP/1.1 431 ")
    assert many.startswith(b"HTTP/1.1 431 ")
    assert fine.startswith(b"HTTP/1.1 200 ")


def test_a_large_body_in_the_same_packet_as_its_headers_is_no_large_header(server_of):
    body = b'{"unique_ids": [' + b",".join([b'"total"'] * 900) + b"]}" + b" " * 60_000
    head = b"POST /v1/forecast:batch HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
    with server_of() as port:
        answer, _ = answer_to(port, head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_a_connection_is_used_again_and_may_pause_between_requests(server_of):
    with server_of(header_deadline_s=0.5) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        assert client.get("/health").status_code == 200
        time.sleep(1.0)
        assert client.get("/health").status_code == 200


def test_pipelined_requests_are_all_answered(server_of):
    last = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with server_of() as port:
        answer, _ = answer_to(port, GOOD * 5 + last)
    assert answer.count(b"HTTP/1.1 200 ") == 6


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00",
        b"NONSENSE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x00" * 1000,
        b"GET \xff HTTP/1.1\r\n\r\n",
    ],
)
def test_garbage_is_refused_and_the_server_lives(server_of, garbage):
    with server_of(header_deadline_s=1.0) as port:
        answer, _ = answer_to(port, garbage)
        assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 408 ", b"HTTP/1.1 404 "))
        assert httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200


def test_a_client_that_leaves_in_the_middle_harms_nobody(server_of):
    head = b"POST /v1/forecast HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    with server_of() as port:
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(head)
        assert httpx.get(f"http://127.0.0.1:{port}/v1/forecast?unique_id=total").status_code == 200


def test_a_large_body_does_not_fill_the_memory(server_of):
    import resource

    with server_of() as port:
        httpx.get(f"http://127.0.0.1:{port}/v1/forecast?unique_id=total")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        head = b"POST /v1/forecast HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000000\r\n\r\n"
        answer, _ = answer_to(port, head, *drip(b" " * 1_000_000, 60))
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert answer.startswith(b"HTTP/1.1 413 ") or answer == b""
    assert (after - before) / 1024 < 20


def test_readers_of_a_running_server_never_fail_while_snapshots_come(server_of, publish_next):
    with server_of() as port:
        stop, statuses, ids, going_back = threading.Event(), [], [], []

        def read():
            last = ""
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
                while not stop.is_set():
                    answer = client.get("/v1/forecast?unique_id=total")
                    statuses.append(answer.status_code)
                    snapshot_id = answer.json()["snapshot_id"]
                    going_back.extend([snapshot_id] if snapshot_id < last else [])
                    ids.append(snapshot_id)
                    last = snapshot_id

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        newest = [publish_next(shift=float(shift)) for shift in range(1, 4)][-1]
        deadline = time.monotonic() + 20
        while newest not in ids[-3:] and time.monotonic() < deadline:
            time.sleep(0.05)
        stop.set()
        for reader in readers:
            reader.join()
    assert set(statuses) == {200}
    assert len(set(ids)) >= 3
    assert going_back == []


def test_queries_of_many_threads_get_their_own_rows(server_of):
    """The negative control is in the decision about it: a shared connection mixed up one answer in eight."""
    series = [f"S{store}|P{product}" for store in (1, 2) for product in range(4)]
    with server_of() as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:

        def ask(number):
            wanted = series[number % len(series)]
            body = client.get("/v1/history", params={"unique_id": wanted, "limit": 3}).json()
            return {row["unique_id"] for row in body["rows"]} == {wanted}

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(ask, range(400)))


def start_process(home, **environment):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "--port", str(port)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "FORECAST_HOME": str(home), **environment},
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while True:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"http://127.0.0.1:{port}/ready").status_code == 200:
                return process, port
        assert time.monotonic() < deadline, "the server did not start"
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.1)


def test_stopping_the_process_tears_no_answer(home):
    process, port = start_process(home)
    results, stop = [], threading.Event()

    def read():
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            while not stop.is_set():
                try:
                    answer = client.get("/v1/forecast?unique_id=total")
                except httpx.ConnectError:
                    return
                except httpx.TransportError as error:
                    # A kept-alive connection may be closed between two answers, never within one.
                    results.append(
                        "torn"
                        if isinstance(error, httpx.RemoteProtocolError) and "incomplete" in str(error)
                        else "closed"
                    )
                    return
                results.append(len(answer.json()["points"]))

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    started = time.monotonic()
    _, said = process.communicate(timeout=20)
    stop.set()
    for reader in readers:
        reader.join()
    assert time.monotonic() - started < 10
    assert set(results) <= {28, "closed"}
    assert results.count(28) > 4
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert {line["event"] for line in lines} == {"snapshot served", "request"}


def test_a_kill_and_a_restart_serve_again_within_seconds(home):
    process, _ = start_process(home)
    process.kill()
    process.communicate()
    started = time.monotonic()
    process, _ = start_process(home)
    assert time.monotonic() - started < 20
    process.kill()
    process.communicate()


def test_a_read_only_home_is_enough(home):
    process, port = start_process(home, FORECAST_PREDICTION_LOG_SHARE="1.0")
    (home / "demo/logs").mkdir(exist_ok=True)
    (home / "demo/logs").chmod(0o500)
    assert httpx.get(f"http://127.0.0.1:{port}/v1/forecast?unique_id=total").status_code == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) in {0, -signal.SIGTERM}
    process.stderr.close()
