{#- The scaled errors of several series, from the sums and scales of each; their mean is the sum over the number. -#}
{%- macro metric_scaled_totals() %}
    count(*) as n_series,
    fsum(absolute_error / n / mase_scale) as scaled_error,
    count(mase_scale) as n_scaled,
    fsum(sqrt(squared_error / n) / rmsse_scale) as root_scaled_error,
    count(rmsse_scale) as n_root_scaled
{%- endmacro -%}
