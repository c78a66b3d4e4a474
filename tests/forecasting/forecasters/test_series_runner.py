"""One bad series costs its own forecast and nothing else."""

import os
import signal
import time

import numpy as np
import pytest

from forecasting.forecasters.series_runner import Limits, forecast_each

HISTORIES = [np.full(5, float(i)) for i in range(40)]
STEPS = [3] * 40
BAD = 13


def _mean(y, h, season_length):
    return np.full(h, y.mean())


def _raises(y, h, season_length):
    if y[0] == BAD:
        raise ValueError("no such matrix inverse")
    return _mean(y, h, season_length)


def _never_ends(y, h, season_length):
    while y[0] == BAD:
        time.sleep(0.01)
    return _mean(y, h, season_length)


def _dies(y, h, season_length):
    if y[0] == BAD:
        os.kill(os.getpid(), signal.SIGKILL)
    return _mean(y, h, season_length)


def _assert_only_the_bad_one_failed(outcomes, reason):
    failed = {i: why for i, (yhat, why) in enumerate(outcomes) if yhat is None}
    assert list(failed) == [BAD]
    assert reason in failed[BAD]
    for i, (yhat, _) in enumerate(outcomes):
        if i != BAD:
            np.testing.assert_array_equal(yhat, np.full(3, float(i)))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_series_that_raises_yields_its_reason(n_jobs):
    outcomes = forecast_each(_raises, HISTORIES, STEPS, 1, Limits(n_jobs))
    _assert_only_the_bad_one_failed(outcomes, "ValueError: no such matrix inverse")


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_series_that_never_ends_is_stopped(n_jobs):
    outcomes = forecast_each(_never_ends, HISTORIES, STEPS, 1, Limits(n_jobs, timeout_seconds=0.5))
    _assert_only_the_bad_one_failed(outcomes, "took longer than 0.5 s")


def test_a_series_that_kills_its_worker_is_found_and_the_rest_is_done():
    outcomes = forecast_each(_dies, HISTORIES, STEPS, 1, Limits(2))
    _assert_only_the_bad_one_failed(outcomes, "worker process died")


def _process(y, h, season_length):
    return np.full(h, float(os.getpid()))


@pytest.mark.slow
def test_workers_that_have_imported_an_engine_wait_for_the_next_cutoff():
    before, _ = forecast_each(_process, HISTORIES[:2], STEPS[:2], 1, Limits(1))[0]
    first = {yhat[0] for yhat, _ in forecast_each(_process, HISTORIES, STEPS, 1, Limits(2))}
    time.sleep(15)  # joblib's own patience is ten seconds
    second = {yhat[0] for yhat, _ in forecast_each(_process, HISTORIES, STEPS, 1, Limits(2))}
    assert before[0] not in first  # these are processes of their own
    assert second <= first


def test_the_number_of_processes_does_not_change_the_result():
    one, two = (forecast_each(_mean, HISTORIES, STEPS, 1, Limits(n)) for n in (1, 2))
    np.testing.assert_array_equal([yhat for yhat, _ in one], [yhat for yhat, _ in two])


def test_no_series_is_no_work():
    assert forecast_each(_mean, [], [], 1, Limits()) == []
