{#- Distances back from the cutoff (0 is the cutoff itself, left out) at which single observations are looked up: for
    the lags, for the median of eight, and for the rests of windows that are no whole blocks. -#}
{%- macro feature_recent_lags() -%}
{%- set block = feature_block_length() | int -%}
{%- set distances = [1, 2, 3, 4, 5, 6, 7] -%}
{%- for lag in feature_lags() -%}
{%- do distances.append((lag | int) - 1) -%}
{%- endfor -%}
{%- for window in feature_used_windows() -%}
{%- set window = window | int -%}
{%- for distance in range(window // block * block, window) -%}
{%- do distances.append(distance) -%}
{%- endfor -%}
{%- endfor -%}
{{- return(distances | reject('equalto', 0) | unique | sort) -}}
{%- endmacro -%}
