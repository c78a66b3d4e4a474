with

series as (

    select * from {{ ref('int_series') }}

),

profiles as (

    select * from {{ ref('int_series_profile') }}

),

attributes as (

    select * from {{ ref('int_series_attributes') }}

),

levels as (

    select * from {{ ref('int_series_levels') }}

),

parents as (

    select * from {{ ref('int_hierarchy_parents') }}

),

-- A series belongs to one node of every level; its parent is the node of the finest one.
nearest_nodes as (

    select
        series_number,
        arg_max(node_id, level_number) as parent_id
    from levels
    group by series_number

),

bottom_series as (

    select
        series.unique_id,
        series.series_number,
        'bottom' as level,
        nearest_nodes.parent_id,
        {%- for slot in var('key_slots') %}
        series.key_{{ loop.index }} as {{ adapter.quote(slot) }},
        {%- endfor %}
        {%- for slot in var('attribute_slots') %}
        attributes.{{ adapter.quote(slot) }},
        {%- endfor %}
        profiles.first_period,
        profiles.last_period,
        profiles.n_observations,
        {{ series_status(
            'profiles.first_period', 'profiles.last_period', 'profiles.cutoff_index', 'attributes.has_ended'
        ) }} as status,
        {{ demand_class('profiles.average_demand_interval', 'profiles.squared_variation') }} as demand_class
    from series
    left join profiles on series.series_number = profiles.series_number
    left join attributes on series.series_number = attributes.series_number
    left join nearest_nodes on series.series_number = nearest_nodes.series_number

),

members_of_nodes as (

    select
        levels.node_id,
        levels.level_number,
        levels.level,
        {%- for name in hierarchy_columns() %}
        levels.{{ adapter.quote(name) }},
        {%- endfor %}
        bottom_series.first_period,
        bottom_series.last_period,
        bottom_series.n_observations,
        bottom_series.status
    from levels
    inner join bottom_series on levels.series_number = bottom_series.series_number

),

nodes as (

    select
        node_id,
        level_number,
        level,
        {%- for name in hierarchy_columns() %}
        any_value({{ adapter.quote(name) }}) as {{ adapter.quote(name) }},
        {%- endfor %}
        min(first_period) as first_period,
        max(last_period) as last_period,
        sum(n_observations) as n_observations,
        case
            when bool_and(status = 'discontinued') then 'discontinued'
            when bool_and(status = 'new') then 'new'
            else 'active'
        end as status
    from members_of_nodes
    group by node_id, level_number, level

),

described_nodes as (

    select
        nodes.node_id as unique_id,
        cast(
            (select count(*) from series) + row_number() over (order by nodes.level_number, nodes.node_id) as integer
        ) as series_number,
        nodes.level,
        parents.parent_id,
        {%- for slot in var('key_slots') %}
        {{ 'nodes.' ~ adapter.quote(slot) if slot in hierarchy_columns() else 'cast(null as varchar)' }}
            as {{ adapter.quote(slot) }},
        {%- endfor %}
        {%- for slot in var('attribute_slots') %}
        {{ 'nodes.' ~ adapter.quote(slot) if slot in hierarchy_columns() else 'cast(null as varchar)' }}
            as {{ adapter.quote(slot) }},
        {%- endfor %}
        nodes.first_period,
        nodes.last_period,
        nodes.n_observations,
        nodes.status,
        'none' as demand_class
    from nodes
    left join parents
        on
            nodes.level_number = parents.level_number
            and nodes.node_id = parents.node_id

),

series_then_nodes as (

    select * from bottom_series
    union all
    select * from described_nodes

)

select
    unique_id,
    series_number,
    level,
    parent_id,
    {%- for slot in var('key_slots') + var('attribute_slots') %}
    {{ adapter.quote(slot) }},
    {%- endfor %}
    {{ period_from_index('first_period') }} as first_ds,
    {{ period_from_index('last_period') }} as last_ds,
    cast(coalesce(n_observations, 0) as bigint) as n_observations,
    status,
    demand_class,
    '{{ var('unit') }}' as unit
from series_then_nodes
