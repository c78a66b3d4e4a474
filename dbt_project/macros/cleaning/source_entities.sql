{#- The raw entities of a source system, in the order of their verdicts. -#}
{% macro source_entities(source_system) -%}
{{ return({
    'demo_shop': ['order_lines', 'products', 'stores', 'promotions', 'prices', 'inventory'],
    'rossmann': ['sales', 'planned_days', 'stores'],
    'online_retail': ['order_lines'],
    'spain_entsoe': ['load'],
    'tidy': ['observations', 'drivers', 'attributes']
}[source_system]) }}
{%- endmacro %}
