{#- The period the product forecasts from: the cutoff it was given, else the last observed one. -#}
{% macro live_cutoff_index(observations) -%}
{%- if var('cutoff') -%}
{{ period_index("cast('" ~ var('cutoff') ~ "' as " ~ var('ds_type') ~ ")") }}
{%- else -%}
(
    select max(last_observations.period_index)
    from {{ observations }} as last_observations
    where last_observations.y is not null
)
{%- endif -%}
{%- endmacro %}
