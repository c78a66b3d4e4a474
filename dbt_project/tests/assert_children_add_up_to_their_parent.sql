-- Every level splits the series completely, so the children that a node has on one level add up to the node itself.
-- Numbers instead of names while adding up: with names, 30,490 series and twelve levels do not fit into 4 GB.

with

tree as (

    select
        children.series_number,
        parents.series_number as parent_number,
        dense_rank() over (order by children.level) as level_number
    from {{ ref('dim_series') }} as children
    inner join {{ ref('dim_series') }} as parents on children.parent_id = parents.unique_id

),

node_values as (

    select
        series.series_number,
        nodes.ds,
        nodes.y
    from {{ ref('fct_node_observations') }} as nodes
    inner join {{ ref('dim_series') }} as series on nodes.unique_id = series.unique_id

),

values_of_children as (

    select
        series_number,
        ds,
        y
    from node_values
    union all
    select
        series_number,
        ds,
        y
    from {{ ref('fct_observations') }}
    where y is not null

),

sums_of_children as (

    select
        tree.parent_number,
        tree.level_number,
        values_of_children.ds,
        fsum(values_of_children.y) as y
    from values_of_children
    inner join tree on values_of_children.series_number = tree.series_number
    group by tree.parent_number, tree.level_number, values_of_children.ds

)

select
    series.unique_id,
    parents.ds,
    parents.y as parent,
    sums_of_children.y as sum_of_children
from node_values as parents
inner join sums_of_children
    on
        parents.series_number = sums_of_children.parent_number
        and parents.ds = sums_of_children.ds
inner join {{ ref('dim_series') }} as series on parents.series_number = series.series_number
where abs(parents.y - sums_of_children.y) > 0.000001 * greatest(1, abs(parents.y))
