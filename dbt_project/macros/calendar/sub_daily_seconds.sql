{#- Seconds of a period shorter than a day (5min, 15min, 30min, h, ...); 0 for every other frequency. -#}
{% macro sub_daily_seconds() -%}
{%- set freq = var('freq') -%}
{%- set count = (freq | replace('min', '') | replace('h', '')) or '1' -%}
{%- if freq.endswith('min') -%}{{ return(count | int * 60) }}
{%- elif freq.endswith('h') -%}{{ return(count | int * 3600) }}
{%- else -%}{{ return(0) }}
{%- endif -%}
{%- endmacro %}
