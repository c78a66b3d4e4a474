{#- The product's second season length when it is shorter than a year (the week of an hourly product), else 0: the
    year has features of its own. -#}
{%- macro feature_second_season() -%}
{%- set shorter = [] -%}
{%- for length in (var('season_lengths') | list)[1:] if length | int < feature_year_length() | int -%}
{%- do shorter.append(length) -%}
{%- endfor -%}
{{- return(shorter[0] if shorter else 0) -}}
{%- endmacro -%}
