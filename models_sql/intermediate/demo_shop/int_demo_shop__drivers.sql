with

demand_lines as (

    select * from {{ ref('int_demo_shop__demand_lines') }}

),

shelves as (

    select distinct
        {{ key_columns(demo_shop_keys('demand_lines')) }},
        demand_lines.store_code,
        demand_lines.product_code,
        demand_lines.region
    from demand_lines

),

days as (

    select cast(unnest(generate_series(
        (select min(posting_date) from demand_lines),
        (select max(posting_date) from demand_lines) + {{ var('horizon') }} * interval {{ var('period_interval') }},
        interval 1 day
    )) as date) as calendar_date

),

promoted_days as (

    select
        promotions.product_code,
        promotions.region,
        days.calendar_date,
        -- Some extracts write 20 for 20 %, others 0.2.
        max(case when promotions.discount_pct > 1 then promotions.discount_pct / 100 else promotions.discount_pct end)
            as discount,
        min(promotions.announced_at) as announced_at
    from {{ ref('int_demo_shop__promotions_judged') }} as promotions
    inner join days on days.calendar_date between promotions.start_date and promotions.end_date
    where promotions.rule_id is null
    group by promotions.product_code, promotions.region, days.calendar_date

),

prices as (

    select
        product_code,
        valid_from,
        list_price,
        coalesce(
            lead(valid_from) over (partition by product_code order by valid_from),
            date '9999-12-31'
        ) as valid_until
    from {{ ref('int_demo_shop__prices_judged') }}
    where rule_id is null and list_price is not null

),

drivers_by_shelf_and_day as (

    select
        shelves.key_1,
        shelves.key_2,
        shelves.key_3,
        shelves.key_4,
        {{ period_index('days.calendar_date') }} as period_index,
        cast(promoted_days.discount is not null as integer) as promo,
        coalesce(promoted_days.discount, 0) as discount,
        prices.list_price as price,
        promoted_days.announced_at
    from shelves
    cross join days
    left join promoted_days
        on
            shelves.product_code = promoted_days.product_code
            and shelves.region = promoted_days.region
            and days.calendar_date = promoted_days.calendar_date
    left join prices
        on
            shelves.product_code = prices.product_code
            and days.calendar_date >= prices.valid_from
            and days.calendar_date < prices.valid_until

),

drivers_by_key_and_period as (

    select
        key_1,
        key_2,
        key_3,
        key_4,
        {{ period_from_index('period_index') }} as ds,
        {{ slot_columns(var('driver_slots'), {
            'promo': 'max(promo)', 'discount': 'avg(discount)', 'price': 'avg(price)'
        }, 'double') }},
        -- NULL: known from the start, like a price list; a promotion is known once it is announced.
        max(announced_at) as known_at
    from drivers_by_shelf_and_day
    group by key_1, key_2, key_3, key_4, period_index

)

select * from drivers_by_key_and_period
