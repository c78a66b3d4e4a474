"""A run that was killed must not hold up the next one, and a living one is named."""

import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.dead_runs import end_dead_runs, refuse_second_run
from dagster_project.defs.watching import killed_run_sensor
from dagster_project.errors import WarehouseBusy
from dagster_project.instance import instance_of
from dagster_project.product import load_product

ROOT = Path(__file__).resolve().parents[3]
# One step in the product's pool, as the steps of a run are; what it does there comes from the command line.
RUN = """
import os, sys, time
from pathlib import Path
import dagster as dg
from dagster_project.dead_runs import writer_pool
from dagster_project.instance import instance_of

@dg.op(pool=writer_pool("demo"))
def write():
    print("writing", flush=True)
    if sys.argv[2] == "die":
        os.kill(os.getpid(), 9)
    if sys.argv[2] == "wait":
        time.sleep(600)

@dg.job(tags={"product": "demo"}, executor_def=dg.in_process_executor)
def forecast_run():
    write()

with instance_of(Path(sys.argv[1])) as instance:
    assert forecast_run.execute_in_process(instance=instance).success
"""


def command(home, what):
    return [sys.executable, "-c", RUN, str(home), what]


def run(home, what, timeout=120):
    return subprocess.run(command(home, what), cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)


def test_a_killed_run_is_ended_and_its_place_is_free_again(tmp_path):
    assert run(tmp_path, "die").returncode == -9
    with instance_of(tmp_path) as instance:
        (killed,) = instance.get_runs()
        assert end_dead_runs(instance, "another product") == []
        look = killed_run_sensor(load_product("demo"))
        assert look(dg.build_sensor_context(instance=instance)).skip_message == f"ended {killed.run_id}"
        assert instance.get_run_by_id(killed.run_id).is_failure
        refuse_second_run(instance, "demo")
    # Without its place the step would wait until the time is up.
    assert run(tmp_path, "finish").returncode == 0


def test_a_run_at_work_is_named_with_its_process(tmp_path):
    with subprocess.Popen(
        command(tmp_path, "wait"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as other:
        # Dagster captures what a step prints; that the step runs is seen in its storage.
        try:
            with instance_of(tmp_path) as instance:
                for _ in range(600):
                    if any(run.status.value == "STARTED" for run in instance.get_runs()):
                        break
                    assert other.poll() is None, "the run ended early"
                    time.sleep(0.1)
                assert end_dead_runs(instance, "demo") == []
                with pytest.raises(WarehouseBusy, match=f"process {other.pid}"):
                    refuse_second_run(instance, "demo")
        finally:
            other.kill()
