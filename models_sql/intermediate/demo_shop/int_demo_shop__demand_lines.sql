with

accepted_lines as (

    select * from {{ ref('int_demo_shop__order_lines_judged') }}
    where rule_id is null

),

products as (

    select * from {{ ref('int_demo_shop__products_judged') }}
    where rule_id is null

),

stores as (

    select * from {{ ref('int_demo_shop__stores_judged') }}
    where rule_id is null

),

lines_with_their_dimensions as (

    select
        accepted_lines.store_code,
        accepted_lines.product_code,
        stores.region,
        stores.store_format,
        products.category,
        products.department,
        products.pack_size,
        products.unit_cost,
        products.launch_date,
        products.discontinued_date,
        accepted_lines.ingested_at,
        cast(accepted_lines.ordered_at as date) as posting_date,
        -- A return reduces the demand of the day it is posted, whatever its sign in the extract.
        case when accepted_lines.line_type = 'return' then -1 else 1 end * abs(accepted_lines.quantity) as net_quantity
    from accepted_lines
    inner join products on accepted_lines.product_code = products.product_code
    inner join stores on accepted_lines.store_code = stores.store_code

)

select * from lines_with_their_dimensions
