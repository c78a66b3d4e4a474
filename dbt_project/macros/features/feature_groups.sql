{#- Columns of `feature_series` by which series are pooled: the used keys and categorical attributes. A key that alone
    names a series pools nothing. -#}
{%- macro feature_groups() -%}
{%- set columns = [] -%}
{%- if var('keys') | length > 1 -%}
{%- for key in var('keys') -%}
{%- do columns.append('key_' ~ loop.index ~ '_code') -%}
{%- endfor -%}
{%- endif -%}
{%- for slot in var('attribute_slots') | list -%}
{%- if slot != 'attribute_' ~ loop.index and (var('attribute_kinds') | list)[loop.index0] == 'categorical' -%}
{%- do columns.append('attribute_' ~ loop.index ~ '_value') -%}
{%- endif -%}
{%- endfor -%}
{{- return(columns) -}}
{%- endmacro -%}
