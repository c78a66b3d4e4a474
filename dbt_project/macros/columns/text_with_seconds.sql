{#- A time with an offset as DuckDB wants it: with seconds, and no blank before the offset; other texts as they are. -#}
{% macro text_with_seconds(column) -%}
{%- set without_blank = "regexp_replace(" ~ column ~ ", ' +([Zz]|[+-]\\d{2}(:?\\d{2})?)$', '\\1')" -%}
regexp_replace({{ without_blank }}, '([T ]\d\d?:\d\d)([Zz+-].*)$', '\1:00\2')
{%- endmacro %}
