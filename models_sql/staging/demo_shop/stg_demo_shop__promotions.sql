with

source as (

    {{ raw_rows('demo_shop', 'promotions') }}

),

renamed as (

    select
        -- ids
        {{ normalised_text('source.promotion_id') }} as promotion_id,
        {{ normalised_text('source.product_code') }} as product_code,

        -- texts
        {{ normalised_text('source.region') }} as region,

        -- numerics
        {{ parsed('source.discount_pct', 'number') }} as discount_pct,

        -- dates
        {{ parsed('source.start_date', 'date') }} as start_date,
        {{ parsed('source.end_date', 'date') }} as end_date,
        {{ parsed('source.announced_at', 'timestamp') }} as announced_at,

        {{ parse_error([
            ['source.discount_pct', 'number'],
            ['source.start_date', 'date'],
            ['source.end_date', 'date'],
            ['source.announced_at', 'timestamp']
        ]) }} as parse_error,

        -- delivery
        source._delivery_id,
        source._as_of,
        source._source_file,
        source._row_number
    from source

)

select * from renamed
