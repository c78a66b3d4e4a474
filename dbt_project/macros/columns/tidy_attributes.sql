{#- The product's attributes that a tidy entity delivers: {name: raw column}. -#}
{% macro tidy_attributes(entity) -%}
{%- set tidy = var('tidy') -%}
{{ return(tidy.get('attributes', {}) if tidy.get('attribute_entity', 'attributes') == entity else {}) }}
{%- endmacro %}
