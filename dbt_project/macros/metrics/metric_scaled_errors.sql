{#- The scaled errors of one series: what MASE and RMSSE average over the series. -#}
{%- macro metric_scaled_errors() %}
    fsum(abs(yhat - y) / mase_scale) / count(mase_scale) as absolute_scaled_error,
    sqrt(fsum((yhat - y) * (yhat - y) / (rmsse_scale * rmsse_scale)) / count(rmsse_scale)) as root_squared_scaled_error
{%- endmacro -%}
