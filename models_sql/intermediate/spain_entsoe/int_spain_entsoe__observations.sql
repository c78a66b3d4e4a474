with

accepted_hours as (

    select * from {{ ref('int_spain_entsoe__load_judged') }}
    where rule_id is null

),

hours_by_key as (

    select
        {{ key_columns({'zone': "'ES'"}) }},
        {{ period_index('accepted_hours.started_at') }} as period_index,
        accepted_hours.load_mw
    from accepted_hours

)

select
    key_1,
    key_2,
    key_3,
    key_4,
    {{ period_from_index('period_index') }} as ds,
    -- Longer periods have the mean power of their hours, in MW like the hours.
    avg(load_mw) as y,
    false as is_stockout,
    false as is_outlier,
    cast(null as timestamp) as known_at,
    cast(count(load_mw) as integer) as n_readings
from hours_by_key
group by key_1, key_2, key_3, key_4, period_index
