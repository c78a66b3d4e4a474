{#-
    Common table expressions about nodes at cutoffs: `members_then`, the series that belonged to each node at a cutoff,
    and `former_nodes`, the nodes that had other members then than today.
    cutoffs: a relation with the column `cutoff`.
    always: whether members_then is wanted too where no series ever moved; that is most products, and they pay nothing.
-#}
{%- macro former_nodes(cutoffs, always=false) -%}
moves as (

    select count(*) as n
    from {{ ref('dim_series_history') }}
    where version > 1

),

members_then as (

    select
        {{ cutoffs }}.cutoff,
        members.node_id,
        members.series_number
    from {{ cutoffs }}
    inner join {{ ref('bridge_hierarchy_history') }} as members
        on
            coalesce({{ cutoffs }}.cutoff >= members.valid_from, true)
            and coalesce({{ cutoffs }}.cutoff < members.valid_to, true)
    where {{ 'true' if always else '(select moves.n from moves) > 0' }}

),

members_now as (

    select
        {{ cutoffs }}.cutoff,
        members.node_id,
        members.series_number
    from {{ ref('bridge_hierarchy') }} as members
    cross join {{ cutoffs }}
    where (select moves.n from moves) > 0

),

former_nodes as (

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

)
{%- endmacro -%}
