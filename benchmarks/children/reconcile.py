"""Time one reconciliation: `python -m benchmarks.children.reconcile N_ITEMS ANSWER`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.generated import HORIZON, SEED, STATES, STORES, Retail
from forecasting.reconcile import Hierarchy, hierarchy_of, reconcile


def m5_hierarchy(retail: Retail) -> Hierarchy:
    """Eleven aggregated levels above store x item, as in M5."""
    bottom: list[str] = []
    nodes: list[str] = []
    members: list[str] = []
    for store, state in zip(STORES, STATES, strict=True):
        for number, item in enumerate(retail.items):
            series, department = f"{store}|{item}", retail.department(number)
            category = department.rpartition("_")[0]
            bottom.append(series)
            above = [(), (state,), (store,), (category,), (department,), (item,)]
            above += [(state, category), (state, department), (store, category), (store, department), (state, item)]
            nodes += [sys.intern("/".join(("all", *node))) for node in above]
            members += [series] * len(above)
    return hierarchy_of(bottom, pa.array(nodes), pa.array(members))


def main(n_items: int, answer: Path) -> None:
    """Reconcile once, check that sums agree, and write seconds, largest disagreement and smallest forecast."""
    hierarchy = m5_hierarchy(Retail(n_items=n_items))
    rng = np.random.default_rng(SEED)
    bottom = rng.gamma(1.0, 2.0, (len(hierarchy.bottom_ids), HORIZON)) - 0.2
    base = hierarchy.all_levels(bottom) * rng.normal(1.0, 0.1, (len(hierarchy.node_ids) + len(bottom), 1))
    variance = np.maximum(base.mean(axis=1), 0.1)
    wall, cpu = time.perf_counter(), time.process_time()
    coherent = reconcile(hierarchy, base, variance)
    seconds = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    n_nodes = len(hierarchy.node_ids)
    sums = hierarchy.aggregate(coherent[n_nodes:])
    disagreement = float(np.abs(sums - coherent[:n_nodes]).max() / np.abs(sums).max())
    figures = {"largest_disagreement": disagreement, "smallest_forecast": float(coherent.min())}
    answer.write_text(json.dumps({"n_nodes": len(base), "reconcile": {**seconds, **figures}}))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
