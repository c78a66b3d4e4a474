{#- Distances back from the end of a block at which it keeps single observations, so that `feature_recent_lags` find
    theirs in it. -#}
{%- macro feature_block_offsets() -%}
{%- set block = feature_block_length() | int -%}
{%- set offsets = [0] -%}
{%- for distance in feature_recent_lags() -%}
{%- do offsets.append((distance | int) % block) -%}
{%- endfor -%}
{{- return(offsets | unique | sort) -}}
{%- endmacro -%}
