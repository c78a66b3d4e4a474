{#- The sums of several series together. Scaled errors are averaged over the series, all others add up.
    distinct: a series may stand in several rows, and still is one. -#}
{%- macro metric_totals(distinct=false) -%}
{%- for column in [
        'absolute_error', 'squared_error', 'absolute_y', 'error', 'percentage_error', 'squared_percentage_error',
        'symmetric_error', 'quantile_loss', 'absolute_y_with_quantiles'
    ] %}
    fsum({{ column }}) as {{ column }},
{%- endfor %}
{%- for column in ['n', 'zero_actuals', 'n_quantiles', 'covered', 'n_intervals'] %}
    cast(sum({{ column }}) as bigint) as {{ column }},
{%- endfor %}
    count({{ 'distinct unique_id' if distinct else '*' }}) as n_series,
    favg(absolute_scaled_error) as mean_absolute_scaled_error,
    favg(root_squared_scaled_error) as mean_root_squared_scaled_error
{%- endmacro -%}
