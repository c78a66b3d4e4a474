{#- Distances back from the cutoff, in periods and whole blocks, at which running totals are compared. -#}
{%- macro feature_block_distances() -%}
{%- set block = feature_block_length() | int -%}
{%- set year = feature_year_offset() | int -%}
{%- set distances = [8 * (var('season_length') | int), year, year + (feature_windows()[2] | int)] -%}
{%- for window in feature_used_windows() -%}
{%- do distances.append((window | int) // block * block) -%}
{%- endfor -%}
{{- return(distances | reject('equalto', 0) | unique | sort) -}}
{%- endmacro -%}
