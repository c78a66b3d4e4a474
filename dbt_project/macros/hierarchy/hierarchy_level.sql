{#-
    The node that every series belongs to on one level of the hierarchy; no columns: the total.
    described_series: unique_id, series_number and the columns of hierarchy_columns().
    further: more of its columns to be handed on.
-#}
{% macro hierarchy_level(described_series, level_number, level_columns, further=[]) -%}
select
    unique_id,
    series_number,
{%- for column in further %}
{{ column }},
{%- endfor %}
{{ level_number }} as level_number,
    '{{ level_columns | join('/') or 'total' }}' as level,
    {% if level_columns -%}
{%- for name in level_columns -%}
    {{ " || '|' || " if not loop.first }}'{{ name }}=' || {{ adapter.quote(name) }}
{%- endfor -%}
{%- else -%}
'total'
{%- endif %} as node_id
{%- for name in hierarchy_columns() %},
    {{ adapter.quote(name) if name in level_columns else 'cast(null as varchar)' }} as {{ adapter.quote(name) }}
{%- endfor %}
from {{ described_series }}
{%- endmacro %}
