with

accepted_hours as (

    select * from {{ ref('int_spain_entsoe__load_judged') }}
    where rule_id is null

),

hours_by_key as (

    select
        {{ key_columns({'zone': "'ES'"}) }},
        {{ period_index('accepted_hours.started_at') }} as period_index,
        accepted_hours.operator_forecast_mw
    from accepted_hours

)

select
    key_1,
    key_2,
    key_3,
    key_4,
    {{ period_from_index('period_index') }} as ds,
    {{ slot_columns(var('driver_slots'), {'operator_forecast': 'avg(operator_forecast_mw)'}, 'double') }},
    cast(null as timestamp) as known_at
from hours_by_key
group by key_1, key_2, key_3, key_4, period_index
