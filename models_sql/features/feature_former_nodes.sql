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

-- Most products have no series that ever moved, and pay for nothing below.
moves as (

    select count(*) as n
    from {{ ref('dim_series_history') }}
    where version > 1

),

members_then as (

    select
        cutoffs.cutoff,
        cutoffs.cutoff_index,
        members.node_id,
        members.series_number
    from cutoffs
    inner join {{ ref('bridge_hierarchy_history') }} as members
        on
            coalesce(cutoffs.cutoff >= members.valid_from, true)
            and coalesce(cutoffs.cutoff < members.valid_to, true)
    {%- if not known_then %}
    where (select moves.n from moves) > 0
    {%- endif %}

),

members_now as (

    select
        cutoffs.cutoff,
        members.node_id,
        members.series_number
    from {{ ref('bridge_hierarchy') }} as members
    cross join cutoffs
    where (select moves.n from moves) > 0

),

changed as (

    select
        members_then.cutoff,
        members_then.node_id
    from members_then
    anti join members_now
        on
            members_then.cutoff = members_now.cutoff
            and members_then.node_id = members_now.node_id
            and members_then.series_number = members_now.series_number
    where (select moves.n from moves) > 0
    union
    select
        members_now.cutoff,
        members_now.node_id
    from members_now
    anti join members_then
        on
            members_now.cutoff = members_then.cutoff
            and members_now.node_id = members_then.node_id
            and members_now.series_number = members_then.series_number
    {%- if known_then %}
    union
    select
        members_then.cutoff,
        members_then.node_id
    from members_then
    inner join {{ ref('feature_versions') }} as versions
        on
            members_then.series_number = versions.series_number
            and members_then.cutoff_index >= versions.period_index
            -- A version that was not the one of today at the cutoff.
            and (versions.known_index > members_then.cutoff_index or versions.superseded_index is not null)
    {%- endif %}

),

observations as (

    select
        series_number,
        period_index,
        ds,
        y
    from {{ ref('fct_observations') }}
    where y is not null and ds <= (select live_cutoff.live_ds from live_cutoff)

),

changed_members as (

    select
        members_then.cutoff,
        members_then.cutoff_index,
        members_then.node_id,
        members_then.series_number
    from members_then
    semi join changed
        on
            members_then.cutoff = changed.cutoff
            and members_then.node_id = changed.node_id

),

{% if known_then -%}
versions as (

    select
        series_number,
        period_index,
        ds,
        y,
        known_index,
        coalesce(superseded_index, 2147483647) as superseded_index
    from {{ ref('feature_versions') }}

),

-- What happened after the cutoff is the truth that forecasts are measured by.
member_observations as (

    select
        changed_members.cutoff,
        changed_members.node_id,
        observations.ds,
        observations.y
    from changed_members
    inner join observations on changed_members.series_number = observations.series_number
    anti join versions
        on
            observations.series_number = versions.series_number
            and observations.period_index = versions.period_index
            and changed_members.cutoff_index >= versions.period_index
    union all
    select
        changed_members.cutoff,
        changed_members.node_id,
        versions.ds,
        versions.y
    from changed_members
    inner join versions
        on
            changed_members.series_number = versions.series_number
            and changed_members.cutoff_index >= versions.period_index
            and changed_members.cutoff_index >= versions.known_index
            and changed_members.cutoff_index < versions.superseded_index
    where versions.y is not null

)

{% else -%}
member_observations as (

    select
        changed_members.cutoff,
        changed_members.node_id,
        observations.ds,
        observations.y
    from changed_members
    inner join observations on changed_members.series_number = observations.series_number

)

{% endif -%}
-- Added up as in fct_node_observations.
select
    member_observations.cutoff,
    member_observations.node_id as unique_id,
    member_observations.ds,
    {{ exact_sum('member_observations.y') }} as y
from member_observations
group by member_observations.cutoff, member_observations.node_id, member_observations.ds
