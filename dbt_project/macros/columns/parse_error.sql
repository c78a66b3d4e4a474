{#-
    The first column whose text could not be read, as a sentence; NULL when all could.
    columns: list of [raw text column, kind], the kinds of parsed().
-#}
{% macro parse_error(columns) -%}
case
{%- for column, kind in columns %}
    when {{ parsed(column, kind) }} is null and trim({{ column }}) <> ''
        then '{{ column.split('.')[-1] | replace('"', '') }}: expected a {{ kind }}, found "' || {{ column }} || '"'
{%- endfor %}
end
{%- endmacro %}
