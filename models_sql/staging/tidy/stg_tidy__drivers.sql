{%- set tidy = var('tidy') %}
{%- set delivered = raw_column_names('tidy', 'drivers') %}
{%- set drivers = tidy_drivers('drivers') %}
{%- set raw_keys = quoted(tidy.get('keys', {}).values() | select('in', delivered), relation='source') %}
{%- set time = raw_column(tidy.get('time', 'ds')) %}
with

source as (

    {{ raw_rows('tidy', 'drivers') }}

),

renamed as (

    select
        -- keys: a file may leave keys out; what it says then holds for every series that shares the others
        {%- for key in var('keys') %}
        {%- set column = tidy.get('keys', {}).get(key, key) %}
        {{ normalised_text(raw_column(column)) if column in delivered else 'cast(null as varchar)' }}
            as {{ adapter.quote(key) }},
        {%- endfor %}

        -- numerics
        {%- for driver in drivers %}
        {{ tidy_driver(raw_column(driver.column), driver.kind) }}
            as {{ adapter.quote('driver ' ~ driver.name) }},
        {%- endfor %}

        -- times
        {%- if drivers %}
        {{ tidy_time(time, raw_keys) }} as observed_at,
        {%- else %}
        cast(null as {{ var('ds_type') }}) as observed_at,
        {%- endif %}
        {%- if drivers and tidy.get('known_at') in delivered %}
        {{ parsed(raw_column(tidy['known_at']), 'timestamp') }} as known_at,
        {%- else %}
        cast(null as timestamp) as known_at,
        {%- endif %}

        {%- if drivers %}
        case
            when {{ tidy_time(time, raw_keys) }} is null and trim({{ time }}) <> ''
                then
                    {{ text_literal(tidy.get('time', 'ds') ~ ': expected a date or time of freq ' ~ var('freq')) }}
                    || ', found "' || {{ time }} || '"'
            {%- for driver in drivers if driver.kind != 'categorical' %}
            {%- set column = raw_column(driver.column) %}
            when {{ tidy_driver(column, driver.kind) }} is null and {{ tidy_is_filled(column) }}
                then {{ text_literal(driver.column ~ ': expected a number, found "') }} || {{ column }} || '"'
            {%- endfor %}
        end as parse_error,
        {%- else %}
        cast(null as varchar) as parse_error,
        {%- endif %}

        -- delivery
        source._delivery_id,
        source._as_of,
        source._source_file,
        source._row_number
    from source

)

select * from renamed
