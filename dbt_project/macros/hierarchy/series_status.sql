{#-
    Where a series is in its life, seen from a cutoff: new, active or discontinued.
    All arguments are SQL expressions; periods as numbers, has_ended as boolean or NULL.
-#}
{% macro series_status(first_period, last_period, cutoff_index, has_ended) -%}
case
    when {{ last_period }} is null then 'new'
    when
        {{ has_ended }}
        or {{ cutoff_index }} - {{ last_period }} > {{ longest_silence() }}
        then 'discontinued'
    when {{ last_period }} - {{ first_period }} + 1 < {{ 2 * var('season_length') }} then 'new'
    else 'active'
end
{%- endmacro %}
