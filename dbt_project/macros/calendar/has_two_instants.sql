{#- True when the hour before or after an instant shows the same local time: the clock was set back. -#}
{% macro has_two_instants(instant, local_time, timezone) -%}
(
    ({{ instant }} - interval 1 hour) at time zone 'UTC' at time zone '{{ timezone }}' = {{ local_time }}
    or ({{ instant }} + interval 1 hour) at time zone 'UTC' at time zone '{{ timezone }}' = {{ local_time }}
)
{%- endmacro %}
