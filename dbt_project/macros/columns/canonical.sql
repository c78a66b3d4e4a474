{#- The model that the product's source system provides for a canonical view: observations, drivers, ... -#}
{% macro canonical(name) -%}
{{ return(ref('int_' ~ var('source_system') ~ '__' ~ name)) }}
{%- endmacro %}
