{#-
    Sums from which every metric follows, of rows with y and yhat. fsum adds with compensation, so that the order in
    which threads deliver the rows does not show in the result.
    of_one_row: the same for each row by itself, without grouping.
-#}
{%- macro metric_sums(of_one_row=false) -%}
{%- set sum = '' if of_one_row else 'fsum' -%}
{%- set is_not_zero = 'case when y <> 0 then' %}
    ({{ '1' if of_one_row else 'count(*)' }}) as n,
    {{ sum }}(abs(yhat - y)) as absolute_error,
    {{ sum }}((yhat - y) * (yhat - y)) as squared_error,
    {{ sum }}(abs(y)) as absolute_y,
    {{ sum }}(yhat - y) as error,
    coalesce({{ sum }}({{ is_not_zero }} abs((yhat - y) / y) end), 0) as percentage_error,
    coalesce({{ sum }}({{ is_not_zero }} ((yhat - y) / y) * ((yhat - y) / y) end), 0) as squared_percentage_error,
    {{ 'cast(y = 0 as integer)' if of_one_row else 'count(*) filter (where y = 0)' }} as zero_actuals,
    {{ sum }}(case when y = yhat then 0 else 2 * abs(yhat - y) / (abs(y) + abs(yhat)) end) as symmetric_error,
{%- if of_one_row %}
    abs(yhat - y) / mase_scale as absolute_scaled_error,
    abs(yhat - y) / rmsse_scale as root_squared_scaled_error,
{%- else %}
    fsum(abs(yhat - y) / mase_scale) / count(mase_scale) as absolute_scaled_error,
    sqrt(fsum((yhat - y) * (yhat - y) / (rmsse_scale * rmsse_scale)) / count(rmsse_scale)) as root_squared_scaled_error,
{%- endif %}
    coalesce({{ sum }}(quantile_loss), 0) as quantile_loss,
    coalesce({{ sum }}(case when quantile_loss is not null then abs(y) end), 0) as absolute_y_with_quantiles,
{%- if of_one_row %}
    cast(quantile_loss is not null as integer) as n_quantiles,
    cast(coalesce(is_covered, false) as integer) as covered,
    cast(is_covered is not null as integer) as n_intervals
{%- else %}
    count(quantile_loss) as n_quantiles,
    count(*) filter (where is_covered) as covered,
    count(is_covered) as n_intervals
{%- endif %}
{%- endmacro -%}
