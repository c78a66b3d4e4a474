{#- A driver column of the user's own data: a number, yes/no as 1/0, or for categories its normalised text. -#}
{% macro tidy_driver(column, kind) -%}
{%- if kind == 'categorical' -%}
{{ normalised_text(column) }}
{%- elif kind == 'binary' -%}
coalesce({{ tidy_number(column) }}, cast(try_cast({{ column }} as boolean) as double))
{%- else -%}
{{ tidy_number(column) }}
{%- endif -%}
{%- endmacro %}
