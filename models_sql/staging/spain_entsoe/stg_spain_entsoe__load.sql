with

source as (

    {{ raw_rows('spain_entsoe', 'load') }}

),

-- The platform writes a missing value as nothing, N/A, n/e or a dash.
unified as (

    select
        source._delivery_id,
        source._as_of,
        source._source_file,
        source._row_number,
        split_part(source."Time (CET)", ' - ', 1) as local_time,
        nullif(nullif(nullif(lower(trim(source."Actual Total Load [MW] - BZN|ES")), 'n/a'), '-'), 'n/e') as actual_load,
        nullif(
            nullif(nullif(lower(trim(source."Day-ahead Total Load Forecast [MW] - BZN|ES")), 'n/a'), '-'), 'n/e'
        ) as forecast_load
    from source

),

renamed as (

    select
        -- numerics
        {{ parsed('unified.actual_load', 'number') }} as load_mw,
        {{ parsed('unified.forecast_load', 'number') }} as operator_forecast_mw,

        -- timestamps
        {{ parsed('unified.local_time', 'day-first timestamp') }} as local_started_at,
        -- In autumn one hour of the local clock comes twice under the same label; the first is summer time.
        row_number() over (
            partition by unified._delivery_id, unified._source_file, unified.local_time
            order by unified._row_number
        ) as occurrence,

        {{ parse_error([
            ['unified.local_time', 'day-first timestamp'],
            ['unified.actual_load', 'number'],
            ['unified.forecast_load', 'number']
        ]) }} as parse_error,

        -- delivery
        unified._delivery_id,
        unified._as_of,
        unified._source_file,
        unified._row_number
    from unified

)

select * from renamed
