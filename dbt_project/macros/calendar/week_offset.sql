{#- Days from 1970-01-01, a Thursday, to the first day of a week of W-MON..W-SUN: weeks begin on the anchor day. -#}
{% macro week_offset() -%}
{%- set days = {'THU': 0, 'FRI': 1, 'SAT': 2, 'SUN': 3, 'MON': 4, 'TUE': 5, 'WED': 6} -%}
{{ return(days[var('freq').split('-')[1] if '-' in var('freq') else 'SUN']) }}
{%- endmacro %}
