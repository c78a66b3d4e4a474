{#- The raw entities from which the observations of a source system are made; the others bring plans and properties. -#}
{% macro observation_entities(source_system) -%}
{{ return({
    'demo_shop': ['order_lines', 'products', 'stores', 'inventory'],
    'rossmann': ['sales', 'stores'],
    'online_retail': ['order_lines'],
    'spain_entsoe': ['load'],
    'tidy': ['observations']
}[source_system]) }}
{%- endmacro %}
