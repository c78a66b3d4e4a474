-- The attributes of every series as the last delivery tells them.

with

attributes as (

    select * from {{ canonical('attributes') }}

),

series as (

    select * from {{ ref('int_series') }}

),

delivery as (

    {{ last_delivery(attribute_entities(var('source_system'))) }}

),

-- A source that dates its attributes itself has several rows of a key: the last one that has begun counts.
attributes_in_force as (

    select attributes.*
    from attributes
    cross join delivery
    where attributes.valid_from is null or attributes.valid_from <= delivery.delivered_at
    qualify row_number() over (
        partition by attributes.key_1, attributes.key_2, attributes.key_3, attributes.key_4
        order by attributes.valid_from desc nulls last
    ) = 1

),

members as (

    {{ series_sharing_the_named_keys('attributes_in_force', 'series') }}

)

select
    members.unique_id,
    {%- for slot in var('attribute_slots') %}
    attributes_in_force.{{ adapter.quote(slot) }},
    {%- endfor %}
    attributes_in_force.valid_to as ends_at,
    delivery.delivered_at
from members
cross join delivery
inner join attributes_in_force
    on
        members.key_1 is not distinct from attributes_in_force.key_1
        and members.key_2 is not distinct from attributes_in_force.key_2
        and members.key_3 is not distinct from attributes_in_force.key_3
        and members.key_4 is not distinct from attributes_in_force.key_4
where {{ not_told_before('delivery.delivered_at') }}
