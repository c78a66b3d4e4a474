{{ config(materialized='view') }}
{%- set known_then = var('as_known_then') -%}
with

-- At the live cutoff nodes have the members of today; what they observed may be known otherwise there too.
cutoffs as (

    select
        cutoff,
        cutoff_index
    from {{ ref('feature_cutoffs') }}
    where role in ('backtest', 'calibration'{{ ", 'live'" if known_then }})

),

live_cutoff as (

    select cutoff as live_ds
    from {{ ref('feature_cutoffs') }}
    where role = 'live'

),

{{ former_nodes('cutoffs', always=known_then) }},

{% if known_then -%}
versions as (

    select
        series_number,
        period_index,
        ds,
        y,
        known_index,
        superseded_index is null as is_latest,
        coalesce(superseded_index, 2147483647) as superseded_index
    from {{ ref('feature_versions') }}

),

nodes as (

    select
        former_nodes.cutoff,
        former_nodes.node_id
    from former_nodes
    union
    select
        members_then.cutoff,
        members_then.node_id
    from members_then
    inner join cutoffs on members_then.cutoff = cutoffs.cutoff
    -- A version of today that was known at the cutoff changes nothing.
    inner join versions
        on
            members_then.series_number = versions.series_number
            and cutoffs.cutoff_index >= versions.period_index
    where not versions.is_latest or versions.known_index > cutoffs.cutoff_index

),

{% else -%}
nodes as (

    select
        cutoff,
        node_id
    from former_nodes

),

{% endif -%}
observations as (

    select
        series_number,
        period_index,
        ds,
        y
    from {{ ref('fct_observations') }}
    where y is not null

),

members as (

    select
        members_then.cutoff,
        cutoffs.cutoff_index,
        members_then.node_id,
        members_then.series_number
    from members_then
    inner join cutoffs on members_then.cutoff = cutoffs.cutoff
    semi join nodes
        on
            members_then.cutoff = nodes.cutoff
            and members_then.node_id = nodes.node_id

),

{% if known_then -%}
-- What happened after the cutoff is the truth that forecasts are measured by.
member_observations as (

    select
        members.cutoff,
        members.node_id,
        observations.ds,
        observations.y
    from members
    inner join observations on members.series_number = observations.series_number
    anti join versions
        on
            observations.series_number = versions.series_number
            and observations.period_index = versions.period_index
            and members.cutoff_index >= versions.period_index
    union all
    select
        members.cutoff,
        members.node_id,
        versions.ds,
        versions.y
    from members
    inner join versions
        on
            members.series_number = versions.series_number
            and members.cutoff_index >= versions.period_index
            and members.cutoff_index >= versions.known_index
            and members.cutoff_index < versions.superseded_index
    where versions.y is not null

)

{% else -%}
member_observations as (

    select
        members.cutoff,
        members.node_id,
        observations.ds,
        observations.y
    from members
    inner join observations on members.series_number = observations.series_number

)

{% endif -%}
-- Added up as in fct_node_observations.
select
    member_observations.cutoff,
    member_observations.node_id as unique_id,
    member_observations.ds,
    {{ exact_sum('member_observations.y') }} as y
from member_observations
-- Asked of the observations above, the planner took them for few and put all of them into the join's table.
where member_observations.ds <= (select live_cutoff.live_ds from live_cutoff)
group by member_observations.cutoff, member_observations.node_id, member_observations.ds
