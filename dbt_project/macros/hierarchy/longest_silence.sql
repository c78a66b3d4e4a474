{#-
    Periods that a series may be silent before it counts as discontinued: two seasons, of long ones a season and a
    horizon, at least the horizon. A shop without a week of sales in more than a year does not wait for a second one.
-#}
{% macro longest_silence() -%}
{%- set season, horizon = var('season_length') | int, var('horizon') | int -%}
{%- set usual = [season + [season, horizon] | min, horizon] | max -%}
{{ (var('discontinued_after') | int) or usual }}
{%- endmacro %}
