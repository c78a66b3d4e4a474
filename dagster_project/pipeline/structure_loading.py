"""What the warehouse knows about the series beside their observations: hierarchy, nodes, and who is forecast."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from dagster_project.pipeline.coded_reading import coded_table
from dagster_project.warehouse import Warehouse

if TYPE_CHECKING:
    from forecasting.serving import Structure

MEMBERSHIPS = """
    select node_id, level, unique_id, valid_from::timestamp as valid_from, valid_to::timestamp as valid_to
    from marts.bridge_hierarchy_history
    order by level_number, node_id, unique_id, version
"""
# In any order: they become a grid.
NODE_OBSERVATIONS = """
    select nodes.unique_id, nodes.ds, nodes.y
    from marts.fct_node_observations as nodes
    where nodes.ds <= $cutoff
"""
FORMER_NODE_OBSERVATIONS = """
    select cutoff::timestamp as cutoff, unique_id, ds, y
    from features.feature_former_nodes
    where ds <= $cutoff
    order by cutoff, unique_id, ds
"""
ELIGIBILITY = """
    select unique_id, cutoff::timestamp as cutoff, is_forecast, n_observations
    from marts.fct_series_eligibility
    order by unique_id, cutoff
"""


def read_structure(warehouse: Warehouse, cutoff: datetime) -> Structure:
    """The structure of the product's series at `cutoff` and at the cutoffs before it, as it was known at each."""
    from forecasting.serving import Structure  # noqa: PLC0415
    from forecasting.tables import OBSERVATIONS, empty  # noqa: PLC0415

    of_nodes = coded_table(warehouse, NODE_OBSERVATIONS, {"cutoff": cutoff})
    return Structure(
        memberships=warehouse.read(MEMBERSHIPS),
        node_observations=empty(OBSERVATIONS) if of_nodes is None else of_nodes,
        former_node_observations=warehouse.read(FORMER_NODE_OBSERVATIONS, {"cutoff": cutoff}),
        eligibility=warehouse.read(ELIGIBILITY),
    )
