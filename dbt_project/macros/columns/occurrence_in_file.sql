{#- 1 for the first row with this text and these keys in its file, 2 for the second, ... -#}
{% macro occurrence_in_file(column, keys) -%}
row_number() over (
    partition by {{ (['source._delivery_id', 'source._source_file', column] + keys) | join(', ') }}
    order by source._row_number
)
{%- endmacro %}
