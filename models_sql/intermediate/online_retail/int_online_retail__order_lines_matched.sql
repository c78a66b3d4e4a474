with

order_lines as (

    select * from {{ ref('stg_online_retail__order_lines') }}

),

matched as (

    select * from {{ ref('int_online_retail__credits_matched') }}

)

select
    order_lines.invoice_id,
    order_lines.stock_code,
    order_lines.customer_id,
    order_lines.description,
    order_lines.country,
    order_lines.quantity,
    order_lines.unit_price,
    order_lines.invoiced_at,
    order_lines.parse_error,
    order_lines._delivery_id,
    order_lines._as_of,
    order_lines._source_file,
    order_lines._row_number,
    coalesce(order_lines.invoice_id like 'C%', false) as is_credit,
    matched._row_number is not null as is_matched
from order_lines
left join matched
    on
        order_lines._row_number = matched._row_number
        and order_lines._delivery_id = matched._delivery_id
        and order_lines._source_file = matched._source_file
