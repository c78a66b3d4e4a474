{#- Several rows of `metric_sums` together. -#}
{%- macro metric_totals() -%}
{%- for column in [
        'absolute_error', 'squared_error', 'absolute_y', 'error', 'percentage_error', 'squared_percentage_error',
        'symmetric_error', 'quantile_loss', 'absolute_y_with_quantiles'
    ] %}
    fsum({{ column }}) as {{ column }},
{%- endfor %}
{%- for column in ['n', 'zero_actuals', 'n_quantiles', 'covered', 'n_intervals'] %}
    cast(sum({{ column }}) as bigint) as {{ column }}{{ ',' if not loop.last }}
{%- endfor %}
{%- endmacro -%}
