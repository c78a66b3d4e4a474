with

observed_days as (

    select
        store_id,
        sold_date as calendar_date,
        is_open,
        has_promo,
        has_school_holiday,
        state_holiday,
        customers
    from {{ ref('int_rossmann__sales_judged') }}
    where rule_id is null

),

planned_days as (

    select
        store_id,
        planned_date as calendar_date,
        -- An unknown opening is planned as open: every day with that gap is a working day of a store that sells.
        coalesce(is_open, 1) as is_open,
        has_promo,
        has_school_holiday,
        state_holiday,
        cast(null as double) as customers
    from {{ ref('int_rossmann__planned_days_judged') }}
    where rule_id is null

),

observed_then_planned as (

    select * from observed_days
    union all
    select planned_days.*
    from planned_days
    anti join observed_days
        on
            planned_days.store_id = observed_days.store_id
            and planned_days.calendar_date = observed_days.calendar_date

),

drivers as (

    select
        {{ key_columns({'store': 'store_days.store_id'}) }},
        store_days.calendar_date as ds,
        {{ slot_columns(var('driver_slots'), {
            'open': 'store_days.is_open',
            'promo': 'store_days.has_promo',
            'school_holiday': 'store_days.has_school_holiday',
            'state_holiday':
                "case store_days.state_holiday when '0' then 0 when 'a' then 1 when 'b' then 2 when 'c' then 3 end",
            'customers': 'store_days.customers'
        }, 'double') }},
        cast(null as timestamp) as known_at
    from observed_then_planned as store_days

)

select * from drivers
