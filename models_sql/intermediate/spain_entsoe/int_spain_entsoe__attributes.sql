-- One zone, and nothing to say about it.

select
    cast(null as varchar) as key_1,
    cast(null as varchar) as key_2,
    cast(null as varchar) as key_3,
    cast(null as varchar) as key_4,
    {{ slot_columns(var('attribute_slots'), {}, 'varchar') }},
    cast(null as timestamp) as valid_from,
    cast(null as timestamp) as valid_to
where false
