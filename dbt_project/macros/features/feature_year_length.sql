{#- Periods after which the same period of last year comes round, in whole weeks below the month so that the weekday stays the same. -#}
{%- macro feature_year_length() -%}
    {%- set periods_per_week = {'5min': 2016, '10min': 1008, '15min': 672, '30min': 336, 'h': 168, 'D': 7} -%}
    {%- set periods_per_year = {'W': 52, 'M': 12, 'Q': 4, 'Y': 1} -%}
    {%- if var('freq') in periods_per_week -%}
        {{- return(52 * periods_per_week[var('freq')]) -}}
    {%- else -%}
        {{- return(periods_per_year.get(var('freq')[0], 1)) -}}
    {%- endif -%}
{%- endmacro -%}
