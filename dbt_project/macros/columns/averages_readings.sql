{#- Whether a period can be an average of readings of which the number is known: measurements of days or less. -#}
{% macro averages_readings() -%}
{{ return(var('target_kind') == 'continuous' and (sub_daily_seconds() or var('freq') == 'D')) }}
{%- endmacro %}
