{#-
    The first day of a quarter written as 2024-Q2, 2024/Q2, 2024 Q2, 2024Q2, Q2-2024, Q2/2024, Q2 2024 or Q22024, as a
    timestamp; NULL for any other text. dagster_project.quarter_text says the same at ingest; a test compares the two.
-#}
{% macro quarter_start(column) -%}
{%- set written_as = "'^(\d{4})[-/ ]?[Qq]([1-4])$'" -%}
{%- set year_first = "regexp_replace(" ~ column ~ ", '^[Qq]([1-4])[-/ ]?(\d{4})$', '\\2Q\\1')" -%}
try_strptime(
    regexp_extract({{ year_first }}, {{ written_as }}, 1)
    || '-' || (try_cast(regexp_extract({{ year_first }}, {{ written_as }}, 2) as integer) * 3 - 2),
    '%Y-%m'
)
{%- endmacro %}
