{#- Periods after which the same period of last year comes round, in whole weeks below the month so that the weekday
    stays the same. -#}
{%- macro feature_year_length() -%}
{%- set seconds = 86400 if var('freq') == 'D' else sub_daily_seconds() -%}
{%- set periods_per_year = {'W': 52, 'M': 12, 'Q': 4, 'Y': 1} -%}
{%- if seconds -%}
{{- return(52 * 7 * 86400 // seconds) -}}
{%- else -%}
{{- return(periods_per_year.get(var('freq')[0], 1)) -}}
{%- endif -%}
{%- endmacro -%}
