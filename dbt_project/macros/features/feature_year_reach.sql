{#- How many periods on either side of the same period of last year are averaged: three days, one week, one hour, else
    none. -#}
{%- macro feature_year_reach() -%}
{%- set reach = {'5min': 3, '10min': 2, '15min': 2, '20min': 1, '30min': 1, 'h': 1, 'D': 3} -%}
{{- return(reach.get(var('freq'), 1 if var('freq').startswith('W') else 0)) -}}
{%- endmacro -%}
