with

source as (

    {{ raw_rows('demo_shop', 'products') }}

),

renamed as (

    select
        -- ids
        {{ normalised_text('source.product_code') }} as product_code,

        -- texts
        {{ normalised_text('source.product_name') }} as product_name,
        {{ normalised_text('source.category') }} as category,
        {{ normalised_text('source.department') }} as department,

        -- numerics
        {{ parsed('source.pack_size', 'number') }} as pack_size,
        {{ parsed('source.unit_cost', 'number') }} as unit_cost,

        -- dates
        {{ parsed('source.launch_date', 'date') }} as launch_date,
        {{ parsed('source.discontinued_date', 'date') }} as discontinued_date,

        {{ parse_error([
            ['source.pack_size', 'number'],
            ['source.unit_cost', 'number'],
            ['source.launch_date', 'date'],
            ['source.discontinued_date', 'date']
        ]) }} as parse_error,

        -- delivery
        source._delivery_id,
        source._as_of,
        source._source_file,
        source._row_number
    from source

)

select * from renamed
