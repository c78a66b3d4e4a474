with

source as (

    {{ raw_rows('rossmann', 'stores') }}

),

renamed as (

    select
        -- ids
        {{ normalised_text('source."Store"') }} as store_id,

        -- texts
        {{ normalised_text('source."StoreType"') }} as store_type,
        {{ normalised_text('source."Assortment"') }} as assortment,
        {{ normalised_text('source."PromoInterval"') }} as promo_interval,

        -- numerics
        {{ parsed('source."CompetitionDistance"', 'number') }} as competition_distance,
        {{ parsed('source."CompetitionOpenSinceMonth"', 'number') }} as competition_open_since_month,
        {{ parsed('source."CompetitionOpenSinceYear"', 'number') }} as competition_open_since_year,
        {{ parsed('source."Promo2"', 'number') }} as has_promo2,
        {{ parsed('source."Promo2SinceWeek"', 'number') }} as promo2_since_week,
        {{ parsed('source."Promo2SinceYear"', 'number') }} as promo2_since_year,

        {{ parse_error([
            ['source."CompetitionDistance"', 'number'],
            ['source."CompetitionOpenSinceMonth"', 'number'],
            ['source."CompetitionOpenSinceYear"', 'number'],
            ['source."Promo2"', 'number'],
            ['source."Promo2SinceWeek"', 'number'],
            ['source."Promo2SinceYear"', 'number']
        ]) }} as parse_error,

        -- delivery
        source._delivery_id,
        source._as_of,
        source._source_file,
        source._row_number
    from source

)

select * from renamed
