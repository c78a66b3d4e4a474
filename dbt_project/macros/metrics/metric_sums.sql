{#-
    Sums from which every metric but the scaled ones follows, of rows with y and yhat. fsum adds with compensation, so
    that the order in which threads deliver the rows does not show in the result.
-#}
{%- macro metric_sums() -%}
{%- set is_not_zero = 'case when y <> 0 then' %}
    count(*) as n,
    fsum(abs(yhat - y)) as absolute_error,
    fsum((yhat - y) * (yhat - y)) as squared_error,
    fsum(abs(y)) as absolute_y,
    fsum(yhat - y) as error,
    coalesce(fsum({{ is_not_zero }} abs((yhat - y) / y) end), 0) as percentage_error,
    coalesce(fsum({{ is_not_zero }} ((yhat - y) / y) * ((yhat - y) / y) end), 0) as squared_percentage_error,
    count(*) filter (where y = 0) as zero_actuals,
    fsum(case when y = yhat then 0 else 2 * abs(yhat - y) / (abs(y) + abs(yhat)) end) as symmetric_error,
    coalesce(fsum(quantile_loss), 0) as quantile_loss,
    coalesce(fsum(case when quantile_loss is not null then abs(y) end), 0) as absolute_y_with_quantiles,
    count(quantile_loss) as n_quantiles,
    count(*) filter (where is_covered) as covered,
    count(is_covered) as n_intervals
{%- endmacro -%}
