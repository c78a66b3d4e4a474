with

source as (

    {{ raw_rows('demo_shop', 'inventory') }}

),

renamed as (

    select
        -- ids
        {{ normalised_text('source.store_code') }} as store_code,
        {{ normalised_text('source.product_code') }} as product_code,

        -- numerics
        {{ parsed('source.on_hand', 'number') }} as on_hand,

        -- dates
        {{ parsed('source.snapshot_date', 'date') }} as snapshot_date,

        {{ parse_error([
            ['source.on_hand', 'number'],
            ['source.snapshot_date', 'date']
        ]) }} as parse_error,

        -- delivery
        source._delivery_id,
        source._as_of,
        source._source_file,
        source._row_number
    from source

)

select * from renamed
