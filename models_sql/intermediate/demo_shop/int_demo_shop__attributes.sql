with

demand_lines as (

    select * from {{ ref('int_demo_shop__demand_lines') }}

),

attributes_by_key as (

    select
        {{ key_columns(demo_shop_keys('demand_lines')) }},
        {{ slot_columns(var('attribute_slots'), {
            'category': 'demand_lines.category',
            'department': 'demand_lines.department',
            'region': 'demand_lines.region',
            'format': 'demand_lines.store_format',
            'pack_size': 'demand_lines.pack_size',
            'unit_cost': 'demand_lines.unit_cost',
            'launch_date': 'demand_lines.launch_date'
        }, 'varchar') }},
        demand_lines.discontinued_date
    from demand_lines

),

-- An attribute belongs to a series only where all its members agree on it.
one_row_per_key as (

    select
        key_1,
        key_2,
        key_3,
        key_4,
        {%- for slot in var('attribute_slots') %}
        case when min({{ slot }}) = max({{ slot }}) then min({{ slot }}) end as {{ slot }},
        {%- endfor %}
        cast(null as timestamp) as valid_from,
        cast(
            case when count(*) = count(discontinued_date) then max(discontinued_date) end as timestamp
        ) as valid_to
    from attributes_by_key
    group by key_1, key_2, key_3, key_4

)

select * from one_row_per_key
