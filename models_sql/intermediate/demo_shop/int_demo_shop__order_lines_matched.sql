with

order_lines as (

    select * from {{ ref('stg_demo_shop__order_lines') }}

),

known_stores as (

    select distinct store_code
    from {{ ref('int_demo_shop__stores_judged') }}
    where rule_id is null

),

known_products as (

    select distinct product_code
    from {{ ref('int_demo_shop__products_judged') }}
    where rule_id is null

),

cancelled_lines as (

    select distinct
        reference_order_id,
        store_code,
        product_code
    from order_lines
    where line_type = 'cancel' and reference_order_id is not null

),

lines_matched_with_what_they_name as (

    select
        order_lines.order_id,
        order_lines.line_id,
        order_lines.reference_order_id,
        order_lines.store_code,
        order_lines.product_code,
        order_lines.line_type,
        order_lines.quantity,
        order_lines.unit_price,
        order_lines.ordered_at,
        order_lines.ingested_at,
        order_lines.parse_error,
        order_lines._delivery_id,
        order_lines._as_of,
        order_lines._source_file,
        order_lines._row_number,
        known_stores.store_code is not null as is_known_store,
        known_products.product_code is not null as is_known_product,
        order_lines.line_type = 'sale' and cancelled_lines.reference_order_id is not null as is_cancelled
    from order_lines
    left join known_stores on order_lines.store_code = known_stores.store_code
    left join known_products on order_lines.product_code = known_products.product_code
    left join cancelled_lines
        on
            order_lines.order_id = cancelled_lines.reference_order_id
            and order_lines.store_code = cancelled_lines.store_code
            and order_lines.product_code = cancelled_lines.product_code

)

select * from lines_matched_with_what_they_name
