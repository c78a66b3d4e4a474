{%- set tidy = var('tidy') %}
{%- set delivered = raw_column_names('tidy', 'attributes') %}
with

source as (

    {{ raw_rows('tidy', 'attributes') }}

),

renamed as (

    select
        -- keys: a file may leave keys out; what it says then holds for every series that shares the others
        {%- for key in var('keys') %}
        {%- set column = tidy.get('keys', {}).get(key, key) %}
        {{ normalised_text(raw_column(column)) if column in delivered else 'cast(null as varchar)' }}
            as {{ adapter.quote(key) }},
        {%- endfor %}

        -- texts
        {%- for name, column in tidy_attributes('attributes').items() %}
        {{ normalised_text(raw_column(column)) if column in delivered else 'cast(null as varchar)' }}
            as {{ adapter.quote('attribute ' ~ name) }},
        {%- endfor %}
        cast(null as varchar) as parse_error,

        -- delivery
        source._delivery_id,
        source._as_of,
        source._source_file,
        source._row_number
    from source

)

select * from renamed
