{#-
    The time column of the user's own data as a date, or below a day as a UTC instant; NULL when it is neither.
    Read: ISO dates and times, 2024-05 for months, 2024-Q2 or 2024Q2 for quarters, 2024 for years, else
    tidy.time_format: of strptime, or unix or unix_ms for seconds or milliseconds since 1970.
    A time without an offset is local time of the product's time zone; of a local hour that comes twice, the first row
    of the same keys is the earlier hour. A day, week or month of a product with a time zone is that of its local
    clock: local midnight, stored as an instant of the day before in UTC, is the day that begins there.
-#}
{% macro tidy_time(column, keys=[]) -%}
{%- set format = var('tidy').get('time_format') -%}
{%- set freq = var('freq') -%}
{%- set is_unix = format in ('unix', 'unix_ms') -%}
{%- set whole = text_with_seconds(column) -%}
{%- set as_written = "coalesce(try_cast(" ~ column ~ " as timestamp), try_cast(" ~ whole ~ " as timestamp))" -%}
{%- set formatted = "try_strptime(" ~ column ~ ", " ~ text_literal(format or '') ~ ")" if format else as_written -%}
{%- set parsed_time = unix_time(column, format) if is_unix else formatted -%}
{%- set has_offset = "regexp_matches(" ~ column ~ ", ':.*([Zz]|[+-]\\d{2}(:?\\d{2})?)$')" -%}
{%- set at_local_time = " at time zone '" ~ var('timezone') ~ "'" -%}
{%- set local_day = "(" ~ parsed_time ~ ") at time zone 'UTC'" ~ at_local_time if is_unix
    else "case when " ~ has_offset ~ " then " ~ instant_of_text(column) ~ at_local_time
    ~ " else " ~ parsed_time ~ " end" -%}
{%- set parsed_time = local_day if not sub_daily_seconds() and var('timezone') != 'UTC' else parsed_time -%}
{%- if sub_daily_seconds() and is_unix -%}
{{ parsed_time }}
{%- elif sub_daily_seconds() -%}
case
    when {{ has_offset }}
        then {{ instant_of_text(column) }} at time zone 'UTC'
{%- if var('timezone') == 'UTC' %}
    else {{ parsed_time }}
{%- else %}
    else {{ instant_of_local_time(parsed_time, occurrence_in_file(column, keys), var('timezone')) }}
{%- endif %}
end
{%- elif freq.startswith('M') -%}
cast(coalesce({{ parsed_time }}, try_strptime({{ column }}, ['%Y-%m', '%Y/%m', '%Y%m'])) as date)
{%- elif freq.startswith('Q') -%}
cast(coalesce({{ parsed_time }}, try_strptime({{ column }}, '%Y-%m'), {{ quarter_start(column) }}) as date)
{%- elif freq.startswith('Y') -%}
cast(coalesce({{ parsed_time }}, try_strptime({{ column }}, '%Y')) as date)
{%- elif format or var('timezone') != 'UTC' -%}
cast({{ parsed_time }} as date)
{%- else -%}
coalesce(try_cast({{ column }} as date), try_cast({{ text_with_seconds(column) }} as date))
{%- endif -%}
{%- endmacro %}
