{#- Columns of `features` that hold codes of this product's categorical drivers and attributes. -#}
{%- macro feature_categorical_columns() -%}
{%- set categorical = [] -%}
{%- for slot in var('driver_slots') -%}
{%- if (var('driver_kinds') | list)[loop.index0] == 'categorical' -%}
{%- do categorical.append('driver_' ~ (slot | replace('driver_', ''))) -%}
{%- endif -%}
{%- endfor -%}
{%- for slot in var('attribute_slots') -%}
{%- if (var('attribute_kinds') | list)[loop.index0] == 'categorical' -%}
{%- do categorical.append('attribute_' ~ (slot | replace('attribute_', ''))) -%}
{%- endif -%}
{%- endfor -%}
{{- return(categorical) -}}
{%- endmacro -%}
