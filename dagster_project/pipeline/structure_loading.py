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
# Only nodes that had other members then than today, so mostly none. Added up as in fct_node_observations.
FORMER_NODE_OBSERVATIONS = """
    with cutoffs as (
        select cutoff from features.feature_cutoffs
        where role in ('backtest', 'calibration') and cutoff < $cutoff
    ),
    members_then as (
        select cutoffs.cutoff, members.node_id, members.series_number
        from cutoffs
        inner join marts.bridge_hierarchy_history as members
            on
                coalesce(members.valid_from <= cutoffs.cutoff, true)
                and coalesce(members.valid_to > cutoffs.cutoff, true)
        where exists (select 1 from marts.dim_series_history where version > 1)
    ),
    members_now as (
        select cutoffs.cutoff, members.node_id, members.series_number
        from marts.bridge_hierarchy as members
        cross join cutoffs
        where exists (select 1 from marts.dim_series_history where version > 1)
    ),
    changed as (
        (select cutoff, node_id from (from members_then except from members_now))
        union
        (select cutoff, node_id from (from members_now except from members_then))
    )
    select
        members_then.cutoff::timestamp as cutoff,
        members_then.node_id as unique_id,
        observations.ds,
        sum(observations.y::decimal(38, 12))::double as y
    from changed
    inner join members_then using (cutoff, node_id)
    inner join marts.fct_observations as observations on members_then.series_number = observations.series_number
    where observations.y is not null and observations.ds <= $cutoff
    group by members_then.cutoff, members_then.node_id, observations.ds
    order by members_then.cutoff, members_then.node_id, observations.ds
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
