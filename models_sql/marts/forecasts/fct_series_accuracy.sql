with

errors as (

    select
        model,
        cutoff,
        unique_id,
        ds,
        age,
        y,
        yhat,
        mase_scale
    from {{ ref('int_backtest_errors') }}
    where y is not null

),

series as (

    select
        unique_id,
        level
    from {{ ref('dim_series') }}

),

unit_values as (

    select
        unique_id,
        valid_from,
        unit_value
    from {{ ref('int_unit_values') }}

),

valued as (

    select
        errors.model,
        errors.cutoff,
        errors.unique_id,
        errors.age,
        errors.y,
        errors.mase_scale,
        unit_values.unit_value,
        errors.yhat - errors.y as error
    from errors
    asof left join unit_values
        on
            errors.unique_id = unit_values.unique_id
            and errors.ds >= unit_values.valid_from

),

sums as (

    select
        valued.model,
        valued.cutoff,
        valued.unique_id,
        min(valued.age) as age,
        min(valued.mase_scale) as mase_scale,
        count(*) as n,
        fsum(abs(valued.error)) as absolute_error,
        fsum(valued.error) as error,
        fsum(abs(valued.y)) as absolute_y,
        fsum(abs(valued.error) * valued.unit_value) as absolute_error_value,
        fsum(valued.error * valued.unit_value) as error_value,
        fsum(abs(valued.y) * valued.unit_value) as absolute_y_value
    from valued
    group by valued.model, valued.cutoff, valued.unique_id

)

select
    sums.model,
    sums.cutoff,
    sums.unique_id,
    series.level,
    sums.age,
    sums.n,
    round(sums.absolute_error, 6) as absolute_error,
    round(sums.error, 6) as error,
    round(sums.absolute_y, 6) as absolute_y,
    round(sums.absolute_error / nullif(sums.absolute_y, 0), 6) as wape,
    round(sums.error / nullif(sums.absolute_y, 0), 6) as bias,
    round(sums.absolute_error / sums.n / sums.mase_scale, 6) as mase,
    round(sums.absolute_error_value, 4) as absolute_error_value,
    round(sums.error_value, 4) as error_value,
    round(sums.absolute_y_value, 4) as absolute_y_value
from sums
left join series on sums.unique_id = series.unique_id
