with

accepted_lines as (

    select * from {{ ref('int_online_retail__order_lines_judged') }}
    where rule_id is null

),

attributes_by_key as (

    select distinct
        {{ key_columns(online_retail_keys('accepted_lines')) }},
        {{ slot_columns(var('attribute_slots'), online_retail_keys('accepted_lines'), 'varchar') }}
    from accepted_lines

),

-- An attribute belongs to a series only where all its members agree on it.
one_row_per_key as (

    select
        key_1,
        key_2,
        key_3,
        key_4,
        {%- for slot in quoted(var('attribute_slots')) %}
        case when min({{ slot }}) = max({{ slot }}) then min({{ slot }}) end as {{ slot }},
        {%- endfor %}
        cast(null as timestamp) as valid_from,
        cast(null as timestamp) as valid_to
    from attributes_by_key
    group by key_1, key_2, key_3, key_4

)

select * from one_row_per_key
