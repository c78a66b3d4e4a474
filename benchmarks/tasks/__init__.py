"""The accuracy tasks by name. A new one is a file here, a product in `products/`, and a line in `TASKS`."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.task import AccuracyTask
from benchmarks.tasks.m4 import M4_HOURLY, M4_WEEKLY
from benchmarks.tasks.rossmann import ROSSMANN_1D, ROSSMANN_42D
from benchmarks.tasks.scale import SCALE
from benchmarks.tasks.spain import SPAIN_LOAD
from benchmarks.tasks.store_item import STORE_ITEM
from benchmarks.tasks.tourism import TOURISM

__all__ = ["TASKS"]

TASKS: Mapping[str, AccuracyTask] = {
    task.name: task
    for task in (ROSSMANN_1D, ROSSMANN_42D, STORE_ITEM, M4_HOURLY, M4_WEEKLY, SPAIN_LOAD, TOURISM, SCALE)
}
