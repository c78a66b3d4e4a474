with

source as (

    {{ raw_rows('demo_shop', 'prices') }}

),

renamed as (

    select
        -- ids
        {{ normalised_text('source.product_code') }} as product_code,

        -- numerics
        {{ parsed('source.list_price', 'number') }} as list_price,

        -- dates
        {{ parsed('source.valid_from', 'date') }} as valid_from,

        {{ parse_error([
            ['source.list_price', 'number'],
            ['source.valid_from', 'date']
        ]) }} as parse_error,

        -- delivery
        source._delivery_id,
        source._as_of,
        source._source_file,
        source._row_number
    from source

)

select * from renamed
