{#-
    The UTC instant of a time on a local clock; NULL for the time that the clock skips in spring. Of a time that
    comes twice in autumn, occurrence 1 is the earlier one; for every other time occurrence does not matter.

    The database picks one of two possible instants without saying which, so the neighbours are tried: the instant is
    right when the local clock shows the given time. Clocks change by an hour, on Lord Howe Island by half of one.
-#}
{% macro instant_of_local_time(local_time, occurrence, timezone) -%}
{%- set guess = "(" ~ local_time ~ " at time zone '" ~ timezone ~ "' at time zone 'UTC')" -%}
list_extract(
    list_filter(
        [
            {{ guess }} - interval 1 hour,
            {{ guess }} - interval 30 minute,
            {{ guess }},
            {{ guess }} + interval 30 minute,
            {{ guess }} + interval 1 hour
        ],
        lambda instant: instant at time zone 'UTC' at time zone '{{ timezone }}' = {{ local_time }}
    ),
    case when {{ has_two_instants(guess, local_time, timezone) }} then {{ occurrence }} else 1 end
)
{%- endmacro %}
