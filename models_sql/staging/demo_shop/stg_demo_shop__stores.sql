with

source as (

    {{ raw_rows('demo_shop', 'stores') }}

),

renamed as (

    select
        -- ids
        {{ normalised_text('source.store_code') }} as store_code,

        -- texts
        {{ normalised_text('source.store_name') }} as store_name,
        {{ normalised_text('source.region') }} as region,
        {{ normalised_text('source.format') }} as store_format,

        -- dates
        {{ parsed('source.opened_date', 'date') }} as opened_date,

        {{ parse_error([
            ['source.opened_date', 'date']
        ]) }} as parse_error,

        -- delivery
        source._delivery_id,
        source._as_of,
        source._source_file,
        source._row_number
    from source

)

select * from renamed
