{#- Periods in a calendar year, not rounded to weeks: after so many the same date comes round. -#}
{%- macro feature_calendar_year() -%}
    {%- set per_day = {'5min': 288, '10min': 144, '15min': 96, '30min': 48, 'h': 24, 'D': 1} -%}
    {%- if var('freq') in per_day -%}
        {{- return(365.25 * per_day[var('freq')]) -}}
    {%- elif var('freq').startswith('W') -%}
        {{- return(365.25 / 7) -}}
    {%- else -%}
        {{- return(feature_year_length()) -}}
    {%- endif -%}
{%- endmacro -%}
