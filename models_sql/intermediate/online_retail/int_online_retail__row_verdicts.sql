with

every_judged_row as (

    {{ verdicts('order_lines', ref('int_online_retail__order_lines_judged'), flag_rule="
        case
            when rows_judged.is_credit then 'return'
            when rows_judged.customer_id is null then 'missing_customer'
        end") }}

)

{{ verdicts_with_action('every_judged_row') }}
