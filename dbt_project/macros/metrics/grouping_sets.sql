{#- Groups a relation several times in one pass: by the shared columns together with each list of further ones. -#}
{% macro grouping_sets(shared, further) -%}
grouping sets (
{%- for columns in further %}
    ({{ (shared + columns) | join(', ') }}){{ ',' if not loop.last }}
{%- endfor %}
)
{%- endmacro %}
