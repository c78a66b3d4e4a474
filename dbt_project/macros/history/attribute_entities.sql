{#- The raw entities from which the attributes of the series of a source system are made. -#}
{% macro attribute_entities(source_system) -%}
{{ return({
    'demo_shop': ['order_lines', 'products', 'stores'],
    'rossmann': ['stores'],
    'online_retail': ['order_lines'],
    'spain_entsoe': ['load'],
    'tidy': ['observations', 'attributes']
}[source_system]) }}
{%- endmacro %}
