{#-
    The UTC instant of a time on a local clock; NULL for the hour that the clock skips in spring. Of the hour that
    comes twice in autumn, occurrence 1 is the earlier one; for every other hour occurrence does not matter.

    The database picks one of two possible instants without saying which, so both neighbours are tried: the instant is
    right when the local clock shows the given time.
-#}
{% macro instant_of_local_time(local_time, occurrence, timezone) -%}
{%- set guess = "(" ~ local_time ~ " at time zone '" ~ timezone ~ "' at time zone 'UTC')" -%}
list_extract(
    list_filter(
        [{{ guess }} - interval 1 hour, {{ guess }}, {{ guess }} + interval 1 hour],
        lambda instant: instant at time zone 'UTC' at time zone '{{ timezone }}' = {{ local_time }}
    ),
    case when {{ has_two_instants(guess, local_time, timezone) }} then {{ occurrence }} else 1 end
)
{%- endmacro %}
