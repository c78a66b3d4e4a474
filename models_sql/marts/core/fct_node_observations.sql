with

members as (

    select
        series_number,
        node_id,
        level_number,
        dense_rank() over (order by level_number, node_id) as node_number
    from {{ ref('bridge_hierarchy') }}
    {%- if not var('adds_up') %}
    where false
    {%- endif %}

),

nodes as (

    select distinct
        node_number,
        node_id,
        level_number
    from members

),

-- A level whose nodes each lie within one node of another level: what the other adds up to is the sum of its sums.
-- Most levels are; adding up only the few that are none, then those sums, is a fifth of the work.
nodes_within_nodes as (

    select
        fine.node_number,
        fine.level_number,
        coarse.level_number as coarse_level_number,
        min(coarse.node_number) as coarse_node_number,
        min(coarse.node_number) = max(coarse.node_number) as is_within_one,
        count(*) as n_series
    from members as fine
    inner join members as coarse on fine.series_number = coarse.series_number
    where fine.level_number <> coarse.level_number
    group by fine.node_number, fine.level_number, coarse.level_number

),

sizes as (

    select
        members.level_number,
        count(distinct members.node_number) as n_nodes,
        count(*) as n_series
    from members
    group by members.level_number

),

levels_within_levels as (

    select
        nodes_within_nodes.level_number,
        nodes_within_nodes.coarse_level_number
    from nodes_within_nodes
    inner join sizes on nodes_within_nodes.level_number = sizes.level_number
    inner join sizes as coarse_sizes on nodes_within_nodes.coarse_level_number = coarse_sizes.level_number
    -- Of two levels that split the series alike, one is the finer one by its number. Both hold the same series.
    where (sizes.n_nodes, sizes.level_number) > (coarse_sizes.n_nodes, coarse_sizes.level_number)
    group by nodes_within_nodes.level_number, nodes_within_nodes.coarse_level_number
    having
        bool_and(nodes_within_nodes.is_within_one)
        and sum(nodes_within_nodes.n_series) = max(sizes.n_series)
        and sum(nodes_within_nodes.n_series) = max(coarse_sizes.n_series)

),

added_levels as (

    select
        sizes.level_number,
        sizes.n_nodes
    from sizes
    anti join levels_within_levels on sizes.level_number = levels_within_levels.coarse_level_number

),

-- The smallest of the added levels that a coarser level can be made of.
sources as (

    select
        levels_within_levels.coarse_level_number,
        arg_min(added_levels.level_number, (added_levels.n_nodes, added_levels.level_number)) as level_number
    from levels_within_levels
    inner join added_levels on levels_within_levels.level_number = added_levels.level_number
    group by levels_within_levels.coarse_level_number

),

added_members as (

    select
        members.series_number,
        members.node_number
    from members
    inner join added_levels on members.level_number = added_levels.level_number

),

observations as (

    select
        series_number,
        ds,
        y,
        is_imputed,
        is_stockout,
        known_at
    from {{ ref('fct_observations') }}
    where y is not null and {{ period_batch('period_index') }}

),

-- Numbers instead of names while adding up: at 30,490 series and twelve levels that is half the time. Decimals add up
-- to the same sum in any order.
added as materialized (

    select
        added_members.node_number,
        observations.ds,
        sum(cast(observations.y as decimal(38, 12))) as y,
        cast(count(*) as integer) as n_series,
        cast(count(*) filter (where observations.is_imputed) as integer) as n_imputed,
        cast(count(*) filter (where observations.is_stockout) as integer) as n_stockouts,
        max(observations.known_at) as known_at
    from observations
    inner join added_members on observations.series_number = added_members.series_number
    group by added_members.node_number, observations.ds

),

added_again as (

    select
        nodes_within_nodes.coarse_node_number as node_number,
        added.ds,
        sum(added.y) as y,
        sum(added.n_series) as n_series,
        sum(added.n_imputed) as n_imputed,
        sum(added.n_stockouts) as n_stockouts,
        max(added.known_at) as known_at
    from added
    inner join nodes_within_nodes on added.node_number = nodes_within_nodes.node_number
    inner join sources
        on
            nodes_within_nodes.level_number = sources.level_number
            and nodes_within_nodes.coarse_level_number = sources.coarse_level_number
    group by nodes_within_nodes.coarse_node_number, added.ds

),

every_node as (

    select * from added
    union all
    select * from added_again

)

select
    nodes.node_id as unique_id,
    every_node.ds,
    every_node.known_at,
    cast(every_node.y as double) as y,
    cast(every_node.n_series as integer) as n_series,
    cast(every_node.n_imputed as integer) as n_imputed,
    cast(every_node.n_stockouts as integer) as n_stockouts
from every_node
inner join nodes on every_node.node_number = nodes.node_number
