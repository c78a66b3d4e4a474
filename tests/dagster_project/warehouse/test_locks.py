"""One writer across commands; the one who waits learns who holds the lock and why."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dagster_project.errors import WarehouseBusy
from dagster_project.locks import HOLDER_VARIABLE, file_lock, holder_of, writer_lock
from dagster_project.paths import ProductPaths

ROOT = Path(__file__).resolve().parents[3]
HOLD = """
import sys
from pathlib import Path
from dagster_project.locks import file_lock
with file_lock(Path(sys.argv[1]), "training"):
    print("held", flush=True)
    sys.stdin.read()
"""
TRY = """
import sys
from pathlib import Path
from dagster_project.locks import file_lock
with file_lock(Path(sys.argv[1]), "a step", wait_s=float(sys.argv[2])):
    print("held")
"""


def environment(**more):
    clean = {name: value for name, value in os.environ.items() if name != HOLDER_VARIABLE}
    return {**clean, "PYTHONPATH": str(ROOT), **more}


@pytest.fixture
def lock(tmp_path):
    return tmp_path / "demo" / "warehouse.lock"


@pytest.fixture
def holder(lock):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def attempt(lock, wait_s=0.0, **more):
    command = [sys.executable, "-c", TRY, str(lock), str(wait_s)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment(**more), timeout=60)


def test_the_second_writer_learns_who_holds_the_lock_and_for_what(lock, holder):
    with pytest.raises(WarehouseBusy, match=rf"process {holder.pid} at work on: training"), file_lock(lock, "publish"):
        pass
    assert holder_of(lock) == {"pid": holder.pid, "doing": "training"}


def test_a_lock_of_a_killed_process_is_free(lock, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with file_lock(lock, "publish"):
        assert holder_of(lock)["pid"] == os.getpid()
    assert holder_of(lock) is None


def test_waiting_gets_the_lock_once_it_is_free(lock, holder):
    waiting = subprocess.Popen(
        [sys.executable, "-c", TRY, str(lock), "30"], stdout=subprocess.PIPE, text=True, env=environment()
    )
    holder.stdin.close()
    assert waiting.communicate(timeout=60)[0] == "held\n"


def test_the_same_process_may_take_it_again_and_keeps_it_until_the_last_block(lock):
    with file_lock(lock, "run"):
        with file_lock(lock, "step"):
            pass
        assert holder_of(lock) == {"pid": os.getpid(), "doing": "run"}
    assert holder_of(lock) is None


def test_a_step_that_the_holder_started_works_under_the_holders_lock(lock):
    with file_lock(lock, "run"):
        assert attempt(lock, **{HOLDER_VARIABLE: os.environ[HOLDER_VARIABLE]}).stdout == "held\n"
        assert attempt(lock).returncode == 1
        assert holder_of(lock)["doing"] == "run"
    assert HOLDER_VARIABLE not in os.environ


def test_a_child_of_a_command_that_has_ended_takes_the_lock_itself(lock):
    assert attempt(lock, **{HOLDER_VARIABLE: "999999"}).stdout == "held\n"


def test_products_do_not_lock_one_another(tmp_path):
    with writer_lock(ProductPaths(tmp_path, "demo"), "run"):
        assert attempt(ProductPaths(tmp_path, "rossmann").warehouse_lock).stdout == "held\n"
