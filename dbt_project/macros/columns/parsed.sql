{#-
    Text to a typed value; NULL when the text is none. kind: 'number' (decimal point, no thousands separators),
    'date' or 'timestamp' (ISO 8601). That numbers are finite and dates possible is judged by cleaning rules.
-#}
{% macro parsed(column, kind) -%}
try_cast({{ column }} as {{ {'number': 'double', 'date': 'date', 'timestamp': 'timestamp'}[kind] }})
{%- endmacro %}
