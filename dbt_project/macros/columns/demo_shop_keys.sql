{#- What a product of source system demo_shop may use as keys or attributes, as columns of one relation. -#}
{% macro demo_shop_keys(relation) -%}
{{ return({
    'store': relation ~ '.store_code',
    'product': relation ~ '.product_code',
    'region': relation ~ '.region',
    'format': relation ~ '.store_format',
    'category': relation ~ '.category',
    'department': relation ~ '.department'
}) }}
{%- endmacro %}
