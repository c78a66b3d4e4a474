{#- True when a text of the user's own data is a value and not a word for a missing one (ingest has the same words). -#}
{% macro tidy_is_filled(column) -%}
lower(trim({{ column }})) not in ('', 'n/a', 'na', '-', 'null')
{%- endmacro %}
