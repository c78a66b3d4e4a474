with

every_judged_row as (

    {{ verdicts('load', ref('int_spain_entsoe__load_judged')) }}

)

{{ verdicts_with_action('every_judged_row') }}
