with

errors as (

    select *
    from {{ ref('int_backtest_scores') }}
    where is_served and level = 'bottom' and y is not null

),

windows as (

    select
        errors.unique_id,
        errors.cutoff,
        avg(abs(errors.yhat - errors.y)) as mae,
        100 * avg(case when errors.y <> 0 then abs((errors.yhat - errors.y) / errors.y) end) as mape,
        avg((errors.yhat - errors.y) * (errors.yhat - errors.y)) as mse,
        100 * avg(
            case
                when errors.y = errors.yhat then 0
                else 2 * abs(errors.yhat - errors.y) / (abs(errors.y) + abs(errors.yhat))
            end
        ) as smape,
        avg(cast(errors.is_covered as integer)) as coverage
    from errors
    group by errors.unique_id, errors.cutoff

),

metrics as (

    {%- for column, name in [
        ('mae', 'MAE'), ('mape', 'MAPE'), ('mse', 'MSE'), ('smape', 'SMAPE'), ('coverage', 'COVERAGE_INTERVAL=0.8')
    ] %}
    select
        windows.unique_id as series,
        '{{ name }}' as error_metric,
        avg(windows.{{ column }}) as metric_value,
        stddev_samp(windows.{{ column }}) as standard_deviation
    from windows
    group by windows.unique_id
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    series,
    error_metric,
    metric_value,
    standard_deviation,
    cast(null as varchar) as logs
from metrics
