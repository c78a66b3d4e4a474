{#- Periods before the oldest cutoff that any window, lag or seasonal mean reaches: earlier observations are not even
    read. -#}
{%- macro feature_lookback() -%}
{%- set windows = feature_windows() | map('int') | list -%}
{{- return([
    windows | max,
    feature_year_offset() | int + windows[2],
    feature_year_offset() | int + feature_year_reach() | int,
    9 * (var('season_length') | int),
    5 * (feature_second_season() | int),
    168
] | max + 1) -}}
{%- endmacro -%}
