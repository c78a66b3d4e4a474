with

scores as (

    select
        model,
        cutoff,
        unique_id,
        ds,
        is_served,
        y,
        yhat - y as error
    from {{ ref('int_backtest_scores') }}
    where y is not null

),

series as (

    select
        unique_id,
        level
    from {{ ref('dim_series') }}

),

scales as (

    select
        unique_id,
        cutoff,
        age,
        mase_scale
    from {{ ref('int_series_scales') }}

),

{% if var('unit_value') -%}
unit_values as (

    select
        unique_id,
        valid_from,
        unit_value
    from {{ ref('int_unit_values') }}

),

valued as (

    select
        scores.*,
        unit_values.unit_value
    from scores
    asof left join unit_values
        on
            scores.unique_id = unit_values.unique_id
            and scores.ds >= unit_values.valid_from

),

{% else -%}
-- No look-up for every forecast where the product names no value of a unit.
valued as (

    select
        *,
        cast(null as double) as unit_value
    from scores

),

{% endif -%}
sums as (

    select
        model,
        cutoff,
        unique_id,
        is_served,
        count(*) as n,
        fsum(abs(error)) as absolute_error,
        fsum(error) as error,
        fsum(abs(y)) as absolute_y,
        fsum(abs(error) * unit_value) as absolute_error_value,
        fsum(error * unit_value) as error_value,
        fsum(abs(y) * unit_value) as absolute_y_value
    from valued
    group by model, cutoff, unique_id, is_served

),

-- What was served is scored once more under that name.
every_model as (

    select *
    from sums
    union all
    select * replace ('served' as model)
    from sums
    where is_served

)

select
    every_model.model,
    every_model.cutoff,
    every_model.unique_id,
    series.level,
    scales.age,
    every_model.n,
    round(every_model.absolute_error, 6) as absolute_error,
    round(every_model.error, 6) as error,
    round(every_model.absolute_y, 6) as absolute_y,
    round(every_model.absolute_error / nullif(every_model.absolute_y, 0), 6) as wape,
    round(every_model.error / nullif(every_model.absolute_y, 0), 6) as bias,
    round(every_model.absolute_error / every_model.n / scales.mase_scale, 6) as mase,
    round(every_model.absolute_error_value, 4) as absolute_error_value,
    round(every_model.error_value, 4) as error_value,
    round(every_model.absolute_y_value, 4) as absolute_y_value
from every_model
left join series on every_model.unique_id = series.unique_id
left join scales
    on
        every_model.unique_id = scales.unique_id
        and every_model.cutoff = scales.cutoff
