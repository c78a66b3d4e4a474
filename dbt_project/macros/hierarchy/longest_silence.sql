{#- Periods that a series may be silent before it counts as discontinued. -#}
{% macro longest_silence() -%}
{%- set usual = [2 * (var('season_length') | int), var('horizon') | int] | max -%}
{{ (var('discontinued_after') | int) or usual }}
{%- endmacro %}
