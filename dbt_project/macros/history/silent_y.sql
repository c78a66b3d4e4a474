{#- What y is while the source says nothing about a period: nothing happened for counts, unknown for measurements. -#}
{% macro silent_y() -%}
{{ 'cast(null as double)' if var('target_kind') == 'continuous' else 'cast(0 as double)' }}
{%- endmacro %}
