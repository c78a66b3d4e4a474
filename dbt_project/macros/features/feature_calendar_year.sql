{#- Periods in a calendar year, not rounded to weeks: after so many the same date comes round. -#}
{%- macro feature_calendar_year() -%}
{%- set seconds = 86400 if var('freq') == 'D' else sub_daily_seconds() -%}
{%- if seconds -%}
{{- return(365.25 * 86400 / seconds) -}}
{%- elif var('freq').startswith('W') -%}
{{- return(365.25 / 7) -}}
{%- else -%}
{{- return(feature_year_length()) -}}
{%- endif -%}
{%- endmacro -%}
