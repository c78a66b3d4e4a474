{#- The first day of a quarter written as 2024-Q2, 2024 Q2 or 2024Q2, as a timestamp; NULL for any other text. -#}
{% macro quarter_start(column) -%}
{%- set written_as = "'^(\d{4})[- ]?[Qq]([1-4])$'" -%}
try_strptime(
    regexp_extract({{ column }}, {{ written_as }}, 1)
    || '-' || (try_cast(regexp_extract({{ column }}, {{ written_as }}, 2) as integer) * 3 - 2),
    '%Y-%m'
)
{%- endmacro %}
