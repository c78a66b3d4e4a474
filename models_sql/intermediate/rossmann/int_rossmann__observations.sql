with

accepted_sales as (

    select * from {{ ref('int_rossmann__sales_judged') }}
    where rule_id is null

),

lives as (

    select
        store_id,
        unnest(generate_series(min(sold_date), max(sold_date), interval 1 day)) as life_day
    from accepted_sales
    group by store_id

),

-- A store reports every day, closed days included; a day without a row is therefore missing, not a day without sales.
every_day_of_a_store as (

    select
        {{ key_columns({'store': 'lives.store_id'}) }},
        cast(lives.life_day as date) as ds,
        accepted_sales.sales as y,
        false as is_stockout,
        false as is_outlier,
        cast(null as timestamp) as known_at,
        cast(null as integer) as n_readings
    from lives
    left join accepted_sales
        on
            lives.store_id = accepted_sales.store_id
            and lives.life_day = accepted_sales.sold_date

)

select * from every_day_of_a_store
