with

source as (

    {{ raw_rows('rossmann', 'sales') }}

),

renamed as (

    select
        -- ids
        {{ normalised_text('source."Store"') }} as store_id,

        -- numerics
        {{ parsed('source."Sales"', 'number') }} as sales,
        {{ parsed('source."Customers"', 'number') }} as customers,
        {{ parsed('source."Open"', 'number') }} as is_open,
        {{ parsed('source."Promo"', 'number') }} as has_promo,
        {{ parsed('source."SchoolHoliday"', 'number') }} as has_school_holiday,

        -- texts
        {{ normalised_text('source."StateHoliday"') }} as state_holiday,

        -- dates
        {{ parsed('source."Date"', 'date') }} as sold_date,

        {{ parse_error([
            ['source."Sales"', 'number'],
            ['source."Customers"', 'number'],
            ['source."Open"', 'number'],
            ['source."Promo"', 'number'],
            ['source."SchoolHoliday"', 'number'],
            ['source."Date"', 'date']
        ]) }} as parse_error,

        -- delivery
        source._delivery_id,
        source._as_of,
        source._source_file,
        source._row_number
    from source

)

select * from renamed
