{#-
    Why a period has the y it has: observed, zero_demand, missing or stock_out.
    observations: left-joined rows of int_observations_conformed; no row means that the source is silent.

    For counts silence says that nothing happened, an empty value does not; for measurements both are missing.
-#}
{% macro missing_kind(observations) -%}
case
{%- if var('target_kind') != 'continuous' %}
    when {{ observations }}.series_number is null then 'zero_demand'
{%- endif %}
    when {{ observations }}.y is null then 'missing'
{%- if var('demand_target') == 'unconstrained' %}
    when {{ observations }}.is_stockout then 'stock_out'
{%- endif %}
    else 'observed'
end
{%- endmacro %}
