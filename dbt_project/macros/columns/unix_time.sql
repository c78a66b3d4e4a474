{#-
    The text of a Unix time as a UTC timestamp; NULL for what is no number. format: unix (seconds) or unix_ms
    (milliseconds). dagster_project.instant_text says the same at ingest; a test compares the two.
-#}
{% macro unix_time(column, format) -%}
make_timestamp(cast(round(
    try_cast({{ column }} as double) * {{ 1000 if format == 'unix_ms' else 1000000 }}
) as bigint))
{%- endmacro %}
