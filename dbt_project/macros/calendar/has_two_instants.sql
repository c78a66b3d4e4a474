{#- True when an hour or half an hour before or after an instant the clock shows the same time: it was set back. -#}
{% macro has_two_instants(instant, local_time, timezone) -%}
(
    ({{ instant }} - interval 1 hour) at time zone 'UTC' at time zone '{{ timezone }}' = {{ local_time }}
    or ({{ instant }} + interval 1 hour) at time zone 'UTC' at time zone '{{ timezone }}' = {{ local_time }}
    or ({{ instant }} - interval 30 minute) at time zone 'UTC' at time zone '{{ timezone }}' = {{ local_time }}
    or ({{ instant }} + interval 30 minute) at time zone 'UTC' at time zone '{{ timezone }}' = {{ local_time }}
)
{%- endmacro %}
