with

every_judged_row as (

    {{ verdicts('sales', ref('int_rossmann__sales_judged')) }}
    union all
    {{ verdicts('planned_days', ref('int_rossmann__planned_days_judged'),
        flag_rule="case when rows_judged.is_open is null then 'open_unknown' end") }}
    union all
    {{ verdicts('stores', ref('int_rossmann__stores_judged')) }}

)

{{ verdicts_with_action('every_judged_row') }}
