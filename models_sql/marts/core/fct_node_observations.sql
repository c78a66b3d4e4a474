with

members as (

    select
        series_number,
        node_id,
        dense_rank() over (order by level_number, node_id) as node_number
    from {{ ref('bridge_hierarchy') }}
    {%- if not var('adds_up') %}
    where false
    {%- endif %}

),

nodes as (

    select distinct
        node_number,
        node_id
    from members

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
    where y is not null

),

-- Numbers instead of names while adding up: at 30,490 series and twelve levels that is half the time.
sums as (

    select
        members.node_number,
        observations.ds,
        {{ exact_sum('observations.y') }} as y,
        count(*) as n_series,
        count(*) filter (where observations.is_imputed) as n_imputed,
        count(*) filter (where observations.is_stockout) as n_stockouts,
        max(observations.known_at) as known_at
    from observations
    inner join members on observations.series_number = members.series_number
    group by members.node_number, observations.ds

)

select
    nodes.node_id as unique_id,
    sums.ds,
    sums.known_at,
    sums.y,
    cast(sums.n_series as integer) as n_series,
    cast(sums.n_imputed as integer) as n_imputed,
    cast(sums.n_stockouts as integer) as n_stockouts
from sums
inner join nodes on sums.node_number = nodes.node_number
