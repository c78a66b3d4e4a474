{#-
    A text with an offset as a TIMESTAMPTZ; NULL for what is none. 2024-01-01T00:00Z and 2024-01-01 00:00:00 +0100 are
    read too. dagster_project.instant_text says the same at ingest; a test compares the two.
-#}
{% macro instant_of_text(column) -%}
coalesce(try_cast({{ column }} as timestamptz), try_cast({{ text_with_seconds(column) }} as timestamptz))
{%- endmacro %}
