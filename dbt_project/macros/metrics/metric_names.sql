{#- Metrics that need no series of their own, as expressions over the sums of `metric_sums`.
    wape, bias, rmspe and wql are shares; mape and smape are percent; mae, rmse and pinball are in the unit of y.
    The same definitions in Python: forecasting/metrics. -#}
{%- macro metric_names() -%}
    {{- return({
        'mae': 'absolute_error / n',
        'rmse': 'sqrt(squared_error / n)',
        'mape': '100 * percentage_error / nullif(n - zero_actuals, 0)',
        'zero_actuals': 'zero_actuals',
        'smape': '100 * symmetric_error / n',
        'wape': 'absolute_error / nullif(absolute_y, 0)',
        'rmspe': 'sqrt(squared_percentage_error / nullif(n - zero_actuals, 0))',
        'bias': 'error / nullif(absolute_y, 0)',
        'mase': 'mean_absolute_scaled_error',
        'rmsse': 'mean_root_squared_scaled_error',
        'pinball': 'quantile_loss / 2 / nullif(n_quantiles, 0)',
        'wql': 'quantile_loss / nullif(absolute_y_with_quantiles, 0)',
        'coverage_80': 'covered / nullif(n_intervals, 0)'
    }) -}}
{%- endmacro -%}
