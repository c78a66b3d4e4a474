{#- Periods to go back from a target period to the same period of an earlier year whose surroundings were all known at
    the cutoff, whatever the horizon. -#}
{%- macro feature_year_offset() -%}
{%- set year = feature_year_length() | int -%}
{%- set reach = (var('horizon') | int) + (feature_year_reach() | int) -%}
{{- return(year * [(reach + year - 1) // ([year, 1] | max), 1] | max) -}}
{%- endmacro -%}
