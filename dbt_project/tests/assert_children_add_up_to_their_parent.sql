-- Every level splits the series completely, so the children that a node has on one level add up to the node itself.
-- Two sums over the whole history tell whether they do, the second with a weight of its own for every period: adding
-- up each period of every node takes gigabytes at 30,490 series. Only where the sums differ are the periods compared.
with

series as (

    select
        series_number,
        unique_id,
        parent_id,
        level
    from {{ ref('dim_series') }}

),

values_of_every_node as not materialized (

    select
        unique_id,
        ds,
        y
    from {{ ref('fct_node_observations') }}
    union all
    select
        unique_id,
        ds,
        y
    from {{ ref('fct_observations') }}
    where y is not null

),

{% set weighted_total %}sum(y * ((cast(epoch(ds) as bigint) // 300 % 65521 * 48271 % 65521) / 65521)){% endset -%}
sums_of_series as (

    select
        series_number,
        sum(y) as total,
        sum(abs(y)) as magnitude,
        {{ weighted_total }} as weighted_total
    from {{ ref('fct_observations') }}
    where y is not null
    group by series_number

),

sums as (

    select
        unique_id,
        sum(y) as total,
        sum(abs(y)) as magnitude,
        {{ weighted_total }} as weighted_total
    from {{ ref('fct_node_observations') }}
    group by unique_id
    union all
    select
        series.unique_id,
        sums_of_series.total,
        sums_of_series.magnitude,
        sums_of_series.weighted_total
    from sums_of_series
    inner join series on sums_of_series.series_number = series.series_number

),

parents_that_differ as (

    select
        children.parent_id as unique_id,
        children.level as level_of_children
    from series as children
    inner join sums as sums_of_children on children.unique_id = sums_of_children.unique_id
    inner join sums on children.parent_id = sums.unique_id
    group by children.parent_id, children.level
    having
        abs(max(sums.total) - sum(sums_of_children.total)) > 1e-10 * max(sums.magnitude)
        or abs(max(sums.weighted_total) - sum(sums_of_children.weighted_total)) > 1e-10 * max(sums.magnitude)

),

sums_of_children as (

    select
        children.parent_id as unique_id,
        children.level,
        values_of_every_node.ds,
        fsum(values_of_every_node.y) as y
    from values_of_every_node
    inner join series as children on values_of_every_node.unique_id = children.unique_id
    inner join parents_that_differ
        on
            children.parent_id = parents_that_differ.unique_id
            and children.level = parents_that_differ.level_of_children
    group by children.parent_id, children.level, values_of_every_node.ds

)

select
    parents.unique_id,
    parents.ds,
    parents.y as parent,
    sums_of_children.y as sum_of_children
from values_of_every_node as parents
inner join sums_of_children
    on
        parents.unique_id = sums_of_children.unique_id
        and parents.ds = sums_of_children.ds
where abs(parents.y - sums_of_children.y) > 0.000001 * greatest(1, abs(parents.y))
