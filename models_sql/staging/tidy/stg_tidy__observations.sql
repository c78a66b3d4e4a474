{%- set tidy = var('tidy') %}
{%- set time = raw_column(tidy.get('time', 'ds')) %}
{%- set raw_keys = quoted(tidy.get('keys', {}).values() | select, relation='source') %}
{%- set target = raw_column(tidy.get('target', 'y')) %}
with

source as (

    {{ raw_rows('tidy', 'observations') }}

),

renamed as (

    select
        -- keys: a file with a single series needs no key column
        {%- for key in var('keys') %}
        {%- set column = tidy.get('keys', {}).get(key, key) %}
        {{ text_literal(var('product')) if column is none else normalised_text(raw_column(column)) }}
            as {{ adapter.quote(key) }},
        {%- endfor %}

        -- numerics
        {{ tidy_number(target) }} as target,
        {%- for driver in tidy_drivers('observations') %}
        {{ tidy_driver(raw_column(driver.column), driver.kind) }}
            as {{ adapter.quote('driver ' ~ driver.name) }},
        {%- endfor %}

        -- texts
        {%- for name, column in tidy_attributes('observations').items() %}
        {{ normalised_text(raw_column(column)) }} as {{ adapter.quote('attribute ' ~ name) }},
        {%- endfor %}

        -- times
        {{ tidy_time(time, raw_keys) }} as observed_at,
        {%- if tidy.get('known_at') and tidy.get('driver_entity', 'observations') == 'observations' %}
        {{ parsed(raw_column(tidy['known_at']), 'timestamp') }} as known_at,
        {%- else %}
        cast(null as timestamp) as known_at,
        {%- endif %}

        case
            when {{ tidy_time(time, raw_keys) }} is null and trim({{ time }}) <> ''
                then
                    {{ text_literal(tidy.get('time', 'ds') ~ ': expected a date or time of freq ' ~ var('freq')) }}
                    || ', found "' || {{ time }} || '"'
            when {{ tidy_number(target) }} is null and {{ tidy_is_filled(target) }}
                then {{ text_literal(tidy.get('target', 'y') ~ ': expected a number, found "') }} || {{ target }} || '"'
            {%- for driver in tidy_drivers('observations') if driver.kind != 'categorical' %}
            {%- set column = raw_column(driver.column) %}
            when {{ tidy_driver(column, driver.kind) }} is null and {{ tidy_is_filled(column) }}
                then {{ text_literal(driver.column ~ ': expected a number, found "') }} || {{ column }} || '"'
            {%- endfor %}
        end as parse_error,

        -- delivery
        source._delivery_id,
        source._as_of,
        source._source_file,
        source._row_number
    from source

)

select * from renamed
