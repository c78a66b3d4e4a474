-- The attributes of every series that hold at the live cutoff.

with

attributes as (

    select * from {{ canonical('attributes') }}

),

series as (

    select * from {{ ref('int_series') }}

),

cutoff as (

    select
        {{ period_start(live_cutoff_index(ref('int_observations_conformed')) ~ ' + 1') }} as known_until

),

attributes_in_force as (

    select attributes.*
    from attributes
    cross join cutoff
    where attributes.valid_from is null or attributes.valid_from < cutoff.known_until
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
    members.series_number,
    {%- for slot in var('attribute_slots') %}
    attributes_in_force.{{ adapter.quote(slot) }},
    {%- endfor %}
    attributes_in_force.valid_to is not null and attributes_in_force.valid_to <= cutoff.known_until as has_ended
from members
cross join cutoff
inner join attributes_in_force
    on
        members.key_1 is not distinct from attributes_in_force.key_1
        and members.key_2 is not distinct from attributes_in_force.key_2
        and members.key_3 is not distinct from attributes_in_force.key_3
        and members.key_4 is not distinct from attributes_in_force.key_4
