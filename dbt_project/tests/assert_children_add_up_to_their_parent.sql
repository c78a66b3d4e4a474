-- Every level splits the series completely, so the children that a node has on one level add up to the node itself.

with

tree as (

    select
        unique_id,
        level,
        parent_id
    from {{ ref('dim_series') }}
    where parent_id is not null

),

values_of_children as (

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

sums_of_children as (

    select
        tree.parent_id,
        tree.level,
        values_of_children.ds,
        fsum(values_of_children.y) as y
    from values_of_children
    inner join tree on values_of_children.unique_id = tree.unique_id
    group by tree.parent_id, tree.level, values_of_children.ds

)

select
    parents.unique_id,
    parents.ds,
    sums_of_children.level as level_of_children,
    parents.y as parent,
    sums_of_children.y as sum_of_children
from {{ ref('fct_node_observations') }} as parents
inner join sums_of_children
    on
        parents.unique_id = sums_of_children.parent_id
        and parents.ds = sums_of_children.ds
where abs(parents.y - sums_of_children.y) > 0.000001 * greatest(1, abs(parents.y))
