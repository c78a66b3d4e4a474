{#-
    A number of the user's own data, written as tidy.number_format says; NULL when the text is none.
    dagster_project.number_format says the same at ingest; a test compares the two.
    With grouped thousands 1.5 and 15 must stay different numbers, so groups are of three digits or the text is none.
-#}
{% macro tidy_number(column) -%}
{%- set number_format = var('tidy').get('number_format', '1234.5') -%}
{%- set marks = {
    '1,234.5': ['.', ','],
    '1.234,5': [',', '[.]'],
    '1 234,5': [',', '[ \\x{00a0}\\x{202f}]'],
    "1'234.5": ['.', '[\\x{0027}\\x{2019}]']
} -%}
{%- if number_format == '1234,5' -%}
case when {{ column }} not like '%.%' then try_cast(replace({{ column }}, ',', '.') as double) end
{%- elif number_format in marks -%}
{%- set decimal, thousands = marks[number_format] -%}
case
    when regexp_matches({{ column }}, '^\s*[+-]?([1-9]\d{0,2}({{ thousands }}\d{3})+|\d+)([{{ decimal }}]\d*)?\s*$')
        then try_cast(replace(regexp_replace({{ column }}, '{{ thousands }}', '', 'g'), '{{ decimal }}', '.') as double)
end
{%- else -%}
{{ parsed(column, 'number') }}
{%- endif -%}
{%- endmacro %}
