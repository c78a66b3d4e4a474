with

source as (

    {{ raw_rows('online_retail', 'order_lines') }}

),

renamed as (

    select
        -- ids
        {{ normalised_text('source."InvoiceNo"') }} as invoice_id,
        upper({{ normalised_text('source."StockCode"') }}) as stock_code,
        {{ normalised_text('source."CustomerID"') }} as customer_id,

        -- texts
        {{ normalised_text('source."Description"') }} as description,
        {{ normalised_text('source."Country"') }} as country,

        -- numerics
        {{ parsed('source."Quantity"', 'number') }} as quantity,
        {{ parsed('source."UnitPrice"', 'number') }} as unit_price,

        -- timestamps
        {{ parsed('source."InvoiceDate"', 'month-first timestamp') }} as invoiced_at,

        {{ parse_error([
            ['source."Quantity"', 'number'],
            ['source."UnitPrice"', 'number'],
            ['source."InvoiceDate"', 'month-first timestamp']
        ]) }} as parse_error,

        -- delivery
        source._delivery_id,
        source._as_of,
        source._source_file,
        source._row_number
    from source

)

select * from renamed
