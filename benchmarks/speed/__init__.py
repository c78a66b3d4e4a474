"""The speed cases by name. A new one is a file here and a line in `CASES`."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.speed.api import api
from benchmarks.speed.backtest import backtest
from benchmarks.speed.baselines import baselines
from benchmarks.speed.case import Case
from benchmarks.speed.equal_accuracy import equal_accuracy
from benchmarks.speed.features import features
from benchmarks.speed.growth import growth
from benchmarks.speed.reconcile import reconcile
from benchmarks.speed.same_work import same_work
from benchmarks.speed.scale import scale

__all__ = ["CASES"]

CASES: Mapping[str, Case] = {
    "features": features,
    "baselines": baselines,
    "scale": scale,
    "growth": growth,
    "backtest": backtest,
    "reconcile": reconcile,
    "same_work": same_work,
    "equal_accuracy": equal_accuracy,
    "api": api,
}
