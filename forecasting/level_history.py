"""The hierarchy as it was at each cutoff: a series that moves later still belongs to its old nodes at an earlier one.

The nodes of all cutoffs stand in one order, so that windows can be compared; at each cutoff some of them have no
members. What a node observed is the sum of the series that belonged to it at the cutoff, over the whole history.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from forecasting.errors import InvalidPanelError
from forecasting.levels import Levels, with_unobserved
from forecasting.panel import Panel
from forecasting.reconcile import hierarchy_of


def in_force(memberships: pa.Table, cutoff: datetime) -> pa.Table:
    """The memberships that held at a cutoff, by `valid_from` (inclusive) and `valid_to`; empty is without end."""
    at = pa.scalar(cutoff, pa.timestamp("us"))
    begun = pc.fill_null(pc.less_equal(memberships.column("valid_from").cast(pa.timestamp("us")), at), True)
    lasts = pc.fill_null(pc.greater(memberships.column("valid_to").cast(pa.timestamp("us")), at), True)
    return memberships.filter(pc.and_(begun, lasts))


@dataclass(frozen=True, eq=False)
class LevelHistory:
    """`at` gives the levels of a cutoff; `live` are those of the panel's end."""

    live: Levels
    _bottom: Panel = field(repr=False)
    _memberships: pa.Table = field(repr=False)
    _observations: pa.Table = field(repr=False)
    _former: pa.Table = field(repr=False)

    @classmethod
    def of(cls, bottom: Panel, memberships: pa.Table, observations: pa.Table, former: pa.Table) -> Self:
        """From `node_id, level, unique_id, valid_from, valid_to` and the nodes' `unique_id, ds, y` of the panel's end.

        `former` (`cutoff, unique_id, ds, y`) has the observations of nodes that had other members at a cutoff, or of
        which something else was known.

        Raises:
            InvalidPanelError: a node has observations but no series.
        """
        known = pc.is_in(memberships.column("unique_id"), value_set=pa.array(bottom.unique_ids, pa.string()))
        inside = memberships.filter(known)
        end: datetime = bottom.cutoff.astype("datetime64[us]").item()
        members = in_force(inside, end)
        orphans = sorted(
            set(pc.unique(observations.column("unique_id")).to_pylist())
            - set(pc.unique(members.column("node_id")).to_pylist())
        )
        if orphans:
            raise InvalidPanelError(
                f"expected every observed node to have series of the panel, found {len(orphans)} without, the first is "
                f"{orphans[0]!r}. Build the node observations from the same memberships."
            )
        node_ids = sorted(pc.unique(inside.column("node_id")).to_pylist())
        level_of = dict(zip(inside["node_id"].to_pylist(), inside["level"].to_pylist(), strict=True))
        levels = Levels(
            hierarchy_of(
                bottom.unique_ids.tolist(), _texts(members, "node_id"), _texts(members, "unique_id"), node_ids
            ),
            _panel(bottom, observations, node_ids),
            np.array([level_of[node] for node in node_ids], dtype=object),
        )
        return cls(levels, bottom, inside, observations, former)

    def at(self, cutoff: datetime) -> Levels:
        """The levels at a cutoff: `live` itself where every series was where it is now, and known as it is now.

        Raises:
            InvalidPanelError: a node had other members at the cutoff, and what it observed then is not given.
        """
        members = in_force(self._memberships, cutoff)
        node_ids = self.live.hierarchy.node_ids
        hierarchy = hierarchy_of(
            self.live.hierarchy.bottom_ids, _texts(members, "node_id"), _texts(members, "unique_id"), node_ids
        )
        differs = np.asarray(abs(hierarchy.summing - self.live.hierarchy.summing).sum(axis=1) > 0)
        then = self._former.filter(
            pc.equal(self._former.column("cutoff").cast(pa.timestamp("us")), pa.scalar(cutoff, pa.timestamp("us")))
        ).select(["unique_id", "ds", "y"])
        if not differs.any() and not then.num_rows:
            return self.live
        nodes = np.array(node_ids, dtype=object)
        self._refuse_missing(nodes[differs & self._is_observed(hierarchy.summing)], then, cutoff)
        is_told = np.isin(nodes, pc.unique(then.column("unique_id")).to_pylist())
        others = pa.array(nodes[~(differs | is_told)], pa.string())
        names = self._observations.column("unique_id").cast(pa.string())
        same = self._observations.filter(pc.is_in(names, value_set=others))
        observations = pa.concat_tables([same.select(["unique_id", "ds", "y"]), then.cast(same.schema)])
        return replace(self.live, hierarchy=hierarchy, panel=_panel(self._bottom, observations, list(node_ids)))

    def _is_observed(self, summing: sparse.csr_array) -> npt.NDArray[np.bool_]:
        observed = self._bottom.is_observed.any(axis=1).astype(np.float64)
        return np.asarray(summing @ observed > 0)

    @staticmethod
    def _refuse_missing(expected: npt.NDArray[np.object_], then: pa.Table, cutoff: datetime) -> None:
        missing = sorted(set(expected.tolist()) - set(pc.unique(then.column("unique_id")).to_pylist()))
        if missing:
            raise InvalidPanelError(
                f"expected observations of every node whose members changed after {cutoff:%Y-%m-%d}, found none of "
                f"{len(missing)}, the first is {missing[0]!r}. Sum the series that belonged to it then."
            )


def _panel(bottom: Panel, observations: pa.Table, node_ids: list[str]) -> Panel:
    silent = sorted(set(node_ids) - set(pc.unique(observations.column("unique_id")).to_pylist()))
    return Panel.from_long(
        with_unobserved(observations, silent, bottom.cutoff),
        freq=bottom.freq,
        season_length=bottom.season_length,
        cutoff=bottom.cutoff,
    )


def _texts(table: pa.Table, name: str) -> pa.Array:
    return table.column(name).cast(pa.string()).combine_chunks()
