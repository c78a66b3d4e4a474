{#-
    What a product of source system online_retail may use as keys or attributes, as columns of one relation.
    The group of a product is the first two digits of its code, the finest grouping that the file offers.
-#}
{% macro online_retail_keys(relation) -%}
{{ return({
    'country': relation ~ '.country',
    'product': relation ~ '.stock_code',
    'product_group': 'left(' ~ relation ~ '.stock_code, 2)'
}) }}
{%- endmacro %}
