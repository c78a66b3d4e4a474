with

every_judged_row as (

    {{ verdicts('order_lines', ref('int_demo_shop__order_lines_judged'), flag_rule="
        case
            when rows_judged.line_type = 'return' then 'return'
            when date_diff('day', cast(rows_judged.ordered_at as date), cast(rows_judged.ingested_at as date))
                > " ~ var('late_after_days') ~ " then 'late_row'
        end") }}
    union all
    {{ verdicts('products', ref('int_demo_shop__products_judged')) }}
    union all
    {{ verdicts('stores', ref('int_demo_shop__stores_judged')) }}
    union all
    {{ verdicts('promotions', ref('int_demo_shop__promotions_judged')) }}
    union all
    {{ verdicts('prices', ref('int_demo_shop__prices_judged')) }}
    union all
    {{ verdicts('inventory', ref('int_demo_shop__inventory_judged')) }}

)

{{ verdicts_with_action('every_judged_row') }}
