{#-
    True for an observation that cannot have happened: its period begins more than a day after its delivery, or so long
    ago that a wrong year is likelier. Rows without a target are plans and may lie ahead.
-#}
{% macro impossible_period(column, target) -%}
{%- set is_fine_grained = sub_daily_seconds() or var('freq') == 'D' -%}
(
    {{ column }} < date '{{ '1990-01-01' if is_fine_grained else '1700-01-01' }}'
    or {{ column }} > date '2200-01-01'
    or (
        {{ target }} is not null
        and {{ period_start(period_index(column)) }} > staging._as_of + interval 1 day
    )
)
{%- endmacro %}
