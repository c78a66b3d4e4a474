with

source as (

    {{ raw_rows('demo_shop', 'order_lines') }}

),

renamed as (

    select
        -- ids
        {{ normalised_text('source.order_id') }} as order_id,
        {{ normalised_text('source.line_id') }} as line_id,
        {{ normalised_text('source.reference_order_id') }} as reference_order_id,
        {{ normalised_text('source.store_code') }} as store_code,
        {{ normalised_text('source.product_code') }} as product_code,

        -- texts
        {{ normalised_text('source.line_type') }} as line_type,

        -- numerics
        {{ parsed('source.quantity', 'number') }} as quantity,
        {{ parsed('source.unit_price', 'number') }} as unit_price,

        -- timestamps
        {{ parsed('source.order_ts', 'timestamp') }} as ordered_at,
        {{ parsed('source.ingested_at', 'timestamp') }} as ingested_at,

        {{ parse_error([
            ['source.quantity', 'number'],
            ['source.unit_price', 'number'],
            ['source.order_ts', 'timestamp'],
            ['source.ingested_at', 'timestamp']
        ]) }} as parse_error,

        -- delivery
        source._delivery_id,
        source._as_of,
        source._source_file,
        source._row_number
    from source

)

select * from renamed
