with

accepted_rows as (

    select
        {{ key_columns(tidy_keys('judged')) }},
        {{ period_index('judged.observed_at') }} as period_index,
        judged.target,
        judged.known_at
    from {{ ref('int_tidy__observations_judged') }} as judged
    where judged.rule_id is null

),

one_row_per_period as (

    {{ one_row_per_period('accepted_rows') }}

)

select * from one_row_per_period
