{#- The season whose positions tell cells apart: the week of an hourly product rather than its day, else the main
    season. -#}
{%- macro feature_cell_season() -%}
{{- return((feature_second_season() | int) or (var('season_length') | int)) -}}
{%- endmacro -%}
