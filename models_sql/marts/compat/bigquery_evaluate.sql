with

errors as (

    select *
    from {{ ref('int_backtest_scores') }}
    where is_served and level = 'bottom' and y is not null

),

series as (

    select *
    from {{ ref('dim_series') }}

)

select
    {%- for slot in var('key_slots') %}
    series.{{ adapter.quote(slot) }},
    {%- endfor %}
    avg(abs(errors.yhat - errors.y)) as mean_absolute_error,
    avg((errors.yhat - errors.y) * (errors.yhat - errors.y)) as mean_squared_error,
    sqrt(avg((errors.yhat - errors.y) * (errors.yhat - errors.y))) as root_mean_squared_error,
    100 * avg(case when errors.y <> 0 then abs((errors.yhat - errors.y) / errors.y) end)
        as mean_absolute_percentage_error,
    100 * avg(
        case
            when errors.y = errors.yhat then 0 else 2 * abs(errors.yhat - errors.y) / (abs(errors.y) + abs(errors.yhat))
        end
    ) as symmetric_mean_absolute_percentage_error
from errors
inner join series on errors.unique_id = series.unique_id
group by
    {%- for slot in var('key_slots') %}
    series.{{ adapter.quote(slot) }},
    {%- endfor %}
    series.unique_id
