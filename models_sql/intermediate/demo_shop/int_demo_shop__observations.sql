with

demand_lines as (

    select * from {{ ref('int_demo_shop__demand_lines') }}

),

lines_by_key as (

    select
        {{ key_columns(demo_shop_keys('demand_lines')) }},
        demand_lines.store_code,
        demand_lines.product_code,
        {{ period_index('demand_lines.posting_date') }} as period_index,
        {{ period_index("coalesce(demand_lines.discontinued_date, date '9999-12-31')") }} as discontinued_period,
        demand_lines.net_quantity,
        demand_lines.ingested_at
    from demand_lines

),

demand as (

    select
        key_1,
        key_2,
        key_3,
        key_4,
        period_index,
        sum(net_quantity) as net_quantity,
        max(ingested_at) as known_at
    from lines_by_key
    group by key_1, key_2, key_3, key_4, period_index

),

lives as (

    -- The extract covers every series until its last posting date: silence before that, or before the last product
    -- of the series is discontinued, is a time without sales.
    select
        key_1,
        key_2,
        key_3,
        key_4,
        min(period_index) as first_period,
        greatest(
            max(period_index),
            least(max(discontinued_period), (select max(demand.period_index) from demand))
        ) as last_period
    from lines_by_key
    group by key_1, key_2, key_3, key_4

),

empty_shelves as (

    select
        {{ period_index('snapshot_date') }} as period_index,
        store_code,
        product_code
    from {{ ref('int_demo_shop__inventory_judged') }}
    where rule_id is null and on_hand <= 0

),

stock_outs as (

    -- A series is out of stock when one of its products is missing in one of its stores; a key of store and product
    -- makes that one shelf.
    select distinct
        lines_by_key.key_1,
        lines_by_key.key_2,
        lines_by_key.key_3,
        lines_by_key.key_4,
        empty_shelves.period_index
    from lines_by_key
    inner join empty_shelves
        on
            lines_by_key.store_code = empty_shelves.store_code
            and lines_by_key.product_code = empty_shelves.product_code

),

periods_with_something_to_say as (

    select
        key_1,
        key_2,
        key_3,
        key_4,
        period_index
    from demand
    union
    select
        key_1,
        key_2,
        key_3,
        key_4,
        period_index
    from stock_outs
    union
    select
        key_1,
        key_2,
        key_3,
        key_4,
        last_period as period_index
    from lives

),

observations as (

    select
        periods.key_1,
        periods.key_2,
        periods.key_3,
        periods.key_4,
        {{ period_from_index('periods.period_index') }} as ds,
        {{ clipped_at_zero('coalesce(demand.net_quantity, 0)') }} as y,
        stock_outs.period_index is not null as is_stockout,
        false as is_outlier,
        demand.known_at,
        cast(null as integer) as n_readings
    from periods_with_something_to_say as periods
    inner join lives
        on
            {{ same_key('periods', 'lives') }}
            and periods.period_index between lives.first_period and lives.last_period
    left join demand
        on
            {{ same_key('periods', 'demand') }}
            and periods.period_index = demand.period_index
    left join stock_outs
        on
            {{ same_key('periods', 'stock_outs') }}
            and periods.period_index = stock_outs.period_index

)

select * from observations
