{{ config(materialized='table') }}

-- Credit notes that undo a whole line: the same customer, product, price and number of units, within two weeks.
-- Each sale is undone at most once, by the first credit note after it. Other credit notes are returns.

with

lines as (

    select
        staged._delivery_id,
        staged._source_file,
        staged._row_number,
        staged.customer_id,
        staged.stock_code,
        staged.unit_price,
        staged.quantity,
        staged.invoiced_at,
        staged.invoice_id like 'C%' as is_credit,
        row_number() over (order by staged._delivery_id, staged._source_file, staged._row_number) as line_number
    from {{ ref('stg_online_retail__order_lines') }} as staged
    left join {{ ref('int_online_retail__order_lines_repeated') }} as repeated
        on
            staged._row_number = repeated._row_number
            and staged._delivery_id = repeated._delivery_id
            and staged._source_file = repeated._source_file
    where
        staged.customer_id is not null
        and coalesce(repeated.copy_number, 1) = 1

),

-- Of equal sales at the same minute the first line stands for all, so that the match does not depend on row order.
sales as (

    select
        customer_id,
        stock_code,
        unit_price,
        quantity,
        invoiced_at,
        min(line_number) as line_number
    from lines
    where not is_credit and quantity > 0
    group by customer_id, stock_code, unit_price, quantity, invoiced_at

),

credits as (

    select
        line_number,
        customer_id,
        stock_code,
        unit_price,
        invoiced_at,
        -quantity as quantity
    from lines
    where is_credit and quantity < 0

),

latest_sale_before_each_credit as (

    select
        credits.line_number as credit_line,
        credits.invoiced_at as credited_at,
        sales.line_number as sale_line
    from credits
    asof inner join sales
        on
            credits.customer_id = sales.customer_id
            and credits.stock_code = sales.stock_code
            and credits.unit_price = sales.unit_price
            and credits.quantity = sales.quantity
            and credits.invoiced_at >= sales.invoiced_at
    where credits.invoiced_at <= sales.invoiced_at + interval 14 day

),

first_credit_of_each_sale as (

    select
        credit_line,
        sale_line
    from latest_sale_before_each_credit
    qualify row_number() over (partition by sale_line order by credited_at, credit_line) = 1

),

matched_lines as (

    select sale_line as line_number
    from first_credit_of_each_sale
    union all
    select credit_line as line_number
    from first_credit_of_each_sale

)

select
    lines._delivery_id,
    lines._source_file,
    lines._row_number
from lines
inner join matched_lines on lines.line_number = matched_lines.line_number
