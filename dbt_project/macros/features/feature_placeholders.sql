{#- What the placeholders of the feature specification stand for in this product: windows, keys, attributes and
    drivers by number. -#}
{%- macro feature_placeholders() -%}
{%- set placeholders = {} -%}
{%- for window in feature_windows()[:9] -%}
{%- do placeholders.update({'w' ~ loop.index: window}) -%}
{%- endfor -%}
{%- for slot in var('key_slots') -%}
{%- do placeholders.update({'key_' ~ loop.index: slot | replace('key_', '')}) -%}
{%- endfor -%}
{%- for slot in var('attribute_slots') -%}
{%- do placeholders.update({'attribute_' ~ loop.index: slot | replace('attribute_', '')}) -%}
{%- endfor -%}
{%- for slot in var('driver_slots') -%}
{%- do placeholders.update({'driver_' ~ loop.index: slot | replace('driver_', '')}) -%}
{%- endfor -%}
{{- return(placeholders) -}}
{%- endmacro -%}
