"""A candidate answers alike on every machine, whatever number of threads its linear algebra would take."""

import subprocess
import sys

import pytest

CODE = """
import hashlib, sys
import numpy as np
from forecasting.candidates import run_panel_model
from forecasting.panel import Panel
from forecasting.task import ForecastTask
y = np.random.default_rng(5).gamma(20.0, 5.0, (300, 400))
ids = np.array([f"s{i:03d}" for i in range(300)], dtype=object)
task = ForecastTask(freq="D", season_lengths=(7,), horizon=28, candidates=(sys.argv[1],))
yhat = run_panel_model(sys.argv[1], task, Panel(ids, 0, y, "D", 7)).yhat
print(hashlib.sha256(yhat.tobytes()).hexdigest())
"""


@pytest.mark.parametrize("model", ["pooled_autoregression"])
def test_the_number_of_threads_changes_no_byte(model):
    answers = set()
    for threads in ("1", "2", "3"):
        environment = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), threads)
        done = subprocess.run(
            [sys.executable, "-c", CODE, model], env=environment, capture_output=True, text=True, check=True
        )
        answers.add(done.stdout)
    assert len(answers) == 1
