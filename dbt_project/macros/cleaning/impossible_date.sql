{#- True for a date before 1990 or more than one day after its delivery was extracted. -#}
{% macro impossible_date(column, delivered_at='staging._as_of') -%}
({{ column }} < date '1990-01-01' or {{ column }} > {{ delivered_at }} + interval 1 day)
{%- endmacro %}
