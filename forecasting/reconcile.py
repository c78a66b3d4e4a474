"""Forecasts of all levels made to agree: weighted least squares with a diagonal error covariance (MinT-WLS).

Given base forecasts for every node, the closest coherent ones solve (S' W^-1 S) b = S' W^-1 yhat for the bottom
series b (Wickramasuriya, Athanasopoulos, Hyndman 2019). The product S' W^-1 S is never formed: the Total row would
make it dense. Conjugate gradients need only products with the sparse S, and solve all steps of the horizon at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]

# Sums agree whatever it is; at this one the forecasts are the exact solution's to eight digits.
_TOLERANCE = 1e-8
_MAX_ITERATIONS = 500


@dataclass(frozen=True)
class Hierarchy:
    """Which bottom series add up to which node.

    `summing` is the sparse matrix S without its identity part: one row per aggregated node, one column per bottom
    series, 1 where the series belongs to the node. Rows of forecasts are ordered nodes first, then bottom series.
    """

    node_ids: tuple[str, ...]
    bottom_ids: tuple[str, ...]
    summing: sparse.csr_array

    def aggregate(self, bottom: Floats) -> Floats:
        """Values of the nodes from values of the bottom series; columns are periods."""
        return np.asarray(self.summing @ bottom)

    def all_levels(self, bottom: Floats) -> Floats:
        """Nodes first, then the bottom series themselves; sums agree by construction."""
        return np.vstack([self.aggregate(bottom), bottom])

    def without_others(self, kept: NDArray[np.bool_]) -> "Hierarchy":
        """The hierarchy of some of its bottom series; every node stays, also one that has lost all its members."""
        ids = tuple(np.array(self.bottom_ids, dtype=object)[kept].tolist())
        return replace(self, bottom_ids=ids, summing=sparse.csr_array(self.summing[:, np.flatnonzero(kept)]))


def build_hierarchy(bottom_ids: Sequence[str], memberships: Sequence[tuple[str, str]]) -> Hierarchy:
    """A hierarchy from pairs (node, bottom series); a series may belong to any number of nodes, crossed or nested.

    Raises `ValueError` for a pair whose series is unknown or that is given twice.
    """
    nodes, members = zip(*memberships, strict=True) if memberships else ((), ())
    return hierarchy_of(bottom_ids, pa.array(nodes, pa.string()), pa.array(members, pa.string()))


def hierarchy_of(
    bottom_ids: Sequence[str], nodes: pa.Array, members: pa.Array, node_ids: Sequence[str] | None = None
) -> Hierarchy:
    """The same from two columns of equal length: the node, and the bottom series inside it.

    `node_ids` (sorted) may name nodes without members; without it they are those of the column.
    """
    known = pa.array(bottom_ids, pa.string())
    columns = pc.index_in(members, value_set=known)
    if columns.null_count:
        unknown = sorted(set(members.filter(pc.is_null(columns)).to_pylist()))
        raise ValueError(
            f"expected every member of a node to be a bottom series; found {len(unknown)} unknown, "
            f"the first is {unknown[0]!r}. Leave members without observations out of the memberships."
        )
    node_ids = sorted(pc.unique(nodes).to_pylist()) if node_ids is None else node_ids
    rows = pc.index_in(nodes, value_set=pa.array(node_ids, pa.string())).to_numpy().astype(np.intp)
    positions = columns.to_numpy().astype(np.intp)
    summing = sparse.csr_array((np.ones(rows.size), (rows, positions)), shape=(len(node_ids), len(known)))
    summing.sum_duplicates()
    if summing.nnz and summing.data.max() > 1:
        raise ValueError("expected each bottom series once per node; found a membership twice. Remove duplicates.")
    return Hierarchy(tuple(node_ids), tuple(bottom_ids), summing)


def reconcile(hierarchy: Hierarchy, base: Floats, error_variance: Floats, *, allow_negative: bool = False) -> Floats:
    """Coherent forecasts of all levels, nodes first, as close to `base` as their error variances demand.

    `base` has one row per node and bottom series and one column per step; `error_variance` one value per row, or one
    per row and step, from backtests, larger for what is forecast badly. Without `allow_negative`, negative bottom
    forecasts are set to zero
    and the solution is refined on the remaining ones, so sums agree and nothing is below zero.
    """
    n_nodes = len(hierarchy.node_ids)
    summing = hierarchy.summing
    transposed = sparse.csr_array(summing.T)
    weight = 1.0 / _safe_variance(error_variance.reshape(len(base), -1))
    node_weight, bottom_weight = weight[:n_nodes], weight[n_nodes:]
    right = transposed @ (node_weight * base[:n_nodes]) + bottom_weight * base[n_nodes:]
    diagonal = np.asarray(transposed @ node_weight) + bottom_weight

    def apply(bottom: Floats) -> Floats:
        above = summing @ bottom
        above *= node_weight
        product = np.asarray(transposed @ above)
        product += bottom_weight * bottom
        return product

    bottom = _conjugate_gradients(apply, right, diagonal, start=base[n_nodes:].copy())
    if not allow_negative:
        # Fixing negatives at zero and solving again for the others is the first step of an active-set method; the
        # rest it could still gain is below a thousandth of the forecasts, so what is negative after it is clipped.
        negative = bottom < 0
        if negative.any():

            def apply_to_the_free(bottom: Floats) -> Floats:
                product = apply(bottom)  # directions are zero where the forecast is fixed, and stay so
                product[negative] = 0.0
                return product

            bottom[negative] = 0.0
            right[negative] = 0.0
            bottom = _conjugate_gradients(apply_to_the_free, right, diagonal, start=bottom)
            np.maximum(bottom, 0.0, out=bottom)
    return hierarchy.all_levels(bottom)


def _conjugate_gradients(apply: Callable[[Floats], Floats], right: Floats, diagonal: Floats, start: Floats) -> Floats:
    """Solve column by column, all columns in one pass, preconditioned with the diagonal; `start` is overwritten."""
    solution = start
    residual = right - apply(solution)
    direction = residual / diagonal
    product = _dot(residual, direction)
    target = _TOLERANCE**2 * np.maximum(_dot(right, right / diagonal), 1e-300)
    for _ in range(_MAX_ITERATIONS):
        if (product <= target).all():
            break
        image = apply(direction)
        curvature = _dot(direction, image)
        length = np.divide(product, curvature, out=np.zeros_like(product), where=curvature > 0)
        solution += length * direction
        image *= length
        residual -= image
        scaled = np.divide(residual, diagonal, out=image)
        next_product = _dot(residual, scaled)
        direction *= np.divide(next_product, product, out=np.zeros_like(product), where=product > 0)
        direction += scaled
        product = next_product
    return solution


def _dot(left: Floats, right: Floats) -> Floats:
    """The scalar product of each pair of columns."""
    return np.asarray(np.einsum("ij,ij->j", left, right))


def _safe_variance(variance: Floats) -> Floats:
    """Variances without zeros: a series that was always hit exactly still may be moved a little."""
    positive = variance[np.isfinite(variance) & (variance > 0)]
    floor = float(np.median(positive)) * 1e-6 if positive.size else 1.0
    return np.maximum(np.nan_to_num(variance, nan=floor, posinf=floor), floor)
