with

every_judged_row as (

    {{ verdicts('observations', ref('int_tidy__observations_judged')) }}
    union all
    {{ verdicts('drivers', ref('int_tidy__drivers_judged')) }}
    union all
    {{ verdicts('attributes', ref('int_tidy__attributes_judged')) }}

)

{{ verdicts_with_action('every_judged_row') }}
