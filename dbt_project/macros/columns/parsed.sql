{#-
    Text to a typed value; NULL when the text is none.
    kind: 'number' (decimal point, no thousands separators), 'date' or 'timestamp' (ISO 8601), 'month-first timestamp'
    (12/31/2010 8:26), 'day-first timestamp' (31.12.2015 23:00). That numbers are finite and dates possible is judged
    by cleaning rules.
-#}
{% macro parsed(column, kind) -%}
{%- if kind == 'month-first timestamp' -%}
try_strptime({{ column }}, '%m/%d/%Y %H:%M')
{%- elif kind == 'day-first timestamp' -%}
try_strptime({{ column }}, '%d.%m.%Y %H:%M')
{%- else -%}
try_cast({{ column }} as {{ {'number': 'double', 'date': 'date', 'timestamp': 'timestamp'}[kind] }})
{%- endif -%}
{%- endmacro %}
