with

source as (

    {{ raw_rows('calendar', 'holidays') }}

),

renamed as (

    select
        -- texts
        {{ normalised_text('source.country') }} as country,
        {{ normalised_text('source.subdivision') }} as subdivision,
        {{ normalised_text('source.name') }} as holiday_name,
        {{ normalised_text('source.kind') }} as kind,

        -- dates
        {{ parsed('source.ds', 'date') }} as holiday_date,

        {{ parse_error([
            ['source.ds', 'date']
        ]) }} as parse_error,

        -- delivery
        source._delivery_id,
        source._as_of,
        source._source_file,
        source._row_number
    from source

)

select * from renamed
