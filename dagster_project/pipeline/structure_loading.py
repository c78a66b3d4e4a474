"""What the warehouse knows about the series beside their observations: hierarchy, nodes, and who is forecast."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from dagster_project.warehouse import Warehouse

if TYPE_CHECKING:
    from forecasting.serving import Structure

MEMBERSHIPS = "select node_id, level, unique_id from marts.bridge_hierarchy order by level_number, node_id, unique_id"
NODE_OBSERVATIONS = """
    select nodes.unique_id, nodes.ds, nodes.y
    from marts.fct_node_observations as nodes
    where nodes.ds <= $cutoff
    order by nodes.unique_id, nodes.ds
"""
ELIGIBILITY = """
    select unique_id, cutoff::timestamp as cutoff, is_forecast, n_observations
    from marts.fct_series_eligibility
    order by unique_id, cutoff
"""


def read_structure(warehouse: Warehouse, cutoff: datetime) -> Structure:
    """The structure of the product's series, with node observations up to `cutoff`."""
    from forecasting.serving import Structure  # noqa: PLC0415

    return Structure(
        memberships=warehouse.read(MEMBERSHIPS),
        node_observations=warehouse.read(NODE_OBSERVATIONS, {"cutoff": cutoff}),
        eligibility=warehouse.read(ELIGIBILITY),
    )
