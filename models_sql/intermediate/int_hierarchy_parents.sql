-- The parent of every node: the nearest earlier level of which each node of its level lies inside exactly one.

with

levels as (

    select * from {{ ref('int_series_levels') }}

),

level_pairs as (

    select
        children.level_number,
        parents.level_number as parent_level_number,
        children.node_id,
        min(parents.node_id) as parent_id,
        count(distinct parents.node_id) as n_parents
    from levels as children
    inner join levels as parents
        on
            children.series_number = parents.series_number
            and children.level_number > parents.level_number
    group by children.level_number, parents.level_number, children.node_id

),

enclosing_levels as (

    select
        level_number,
        max(parent_level_number) as parent_level_number
    from (
        select
            level_number,
            parent_level_number
        from level_pairs
        group by level_number, parent_level_number
        having max(n_parents) = 1
    ) as nested_levels
    group by level_number

)

select
    level_pairs.level_number,
    level_pairs.node_id,
    level_pairs.parent_id
from level_pairs
inner join enclosing_levels
    on
        level_pairs.level_number = enclosing_levels.level_number
        and level_pairs.parent_level_number = enclosing_levels.parent_level_number
