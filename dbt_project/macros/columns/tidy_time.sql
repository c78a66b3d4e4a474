{#-
    The time column of the user's own data as a date, or below a day as a UTC instant; NULL when it is neither.
    Read: ISO dates and times, 2024-05 for months, 2024-Q2 or 2024Q2 for quarters, 2024 for years, else tidy.time_format.
    A time without an offset is local time of the product's time zone.
-#}
{% macro tidy_time(column) -%}
{%- set format = var('tidy').get('time_format') -%}
{%- set freq = var('freq') -%}
{%- if format -%}
{%- set parsed_time = "try_strptime(" ~ column ~ ", '" ~ format ~ "')" -%}
{%- else -%}
{%- set parsed_time = "try_cast(" ~ column ~ " as timestamp)" -%}
{%- endif -%}
{%- if sub_daily_seconds() -%}
case
    when regexp_matches({{ column }}, '([Zz]|[+-]\d{2}(:?\d{2})?)$') and {{ column }} like '%:%'
        then try_cast({{ column }} as timestamptz) at time zone 'UTC'
    {%- if var('timezone') == 'UTC' %}
    else {{ parsed_time }}
    {%- else %}
    else {{ parsed_time }} at time zone '{{ var('timezone') }}' at time zone 'UTC'
    {%- endif %}
end
{%- elif freq.startswith('M') -%}
cast(coalesce({{ parsed_time }}, try_strptime({{ column }}, ['%Y-%m', '%Y/%m', '%Y%m'])) as date)
{%- elif freq.startswith('Q') -%}
cast(coalesce(
    {{ parsed_time }},
    try_strptime({{ column }}, '%Y-%m'),
    -- The first month of quarter 1..4 is 1, 4, 7, 10.
    try_strptime(
        regexp_extract({{ column }}, '^(\d{4})[- ]?[Qq]([1-4])$', 1)
        || '-' || (try_cast(regexp_extract({{ column }}, '^(\d{4})[- ]?[Qq]([1-4])$', 2) as integer) * 3 - 2),
        '%Y-%m'
    )
) as date)
{%- elif freq.startswith('Y') -%}
cast(coalesce({{ parsed_time }}, try_strptime({{ column }}, '%Y')) as date)
{%- elif format -%}
cast({{ parsed_time }} as date)
{%- else -%}
try_cast({{ column }} as date)
{%- endif -%}
{%- endmacro %}
