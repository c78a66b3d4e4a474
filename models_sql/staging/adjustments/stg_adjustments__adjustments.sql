with

source as (

    {{ raw_rows('adjustments', 'adjustments') }}

),

renamed as (

    select
        -- ids
        {{ normalised_text('source.unique_id') }} as unique_id,

        -- texts
        {{ normalised_text('source.kind') }} as kind,
        {{ normalised_text('source.author') }} as author,
        {{ normalised_text('source.reason') }} as reason,

        -- numerics
        {{ parsed('source.amount', 'number') }} as amount,

        -- times
        {{ parsed('source.first_ds', 'timestamp') }} as first_ds,
        {{ parsed('source.last_ds', 'timestamp') }} as last_ds,
        {{ parsed('source.decided_at', 'timestamp') }} as decided_at,

        -- delivery
        source._delivery_id,
        source._as_of,
        source._source_file,
        source._row_number
    from source

)

select * from renamed
