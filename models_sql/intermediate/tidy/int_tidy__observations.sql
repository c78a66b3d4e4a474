{%- set rows_are_periods = var('freq') == 'D' and var('tidy').get('duplicates', 'latest') != 'sum' -%}
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

    select
        key_1,
        key_2,
        key_3,
        key_4,
        {{ period_from_index('period_index') }} as ds,
        {%- if rows_are_periods %}
        target as y,
        {%- elif var('target_kind') == 'continuous' %}
        -- Readings within a period are averaged, amounts added up.
        avg(target) as y,
        {%- else %}
        sum(target) as y,
        {%- endif %}
        false as is_stockout,
        false as is_outlier,
        {%- if rows_are_periods %}
        known_at
    from accepted_rows
        {%- else %}
        max(known_at) as known_at
    from accepted_rows
    group by key_1, key_2, key_3, key_4, period_index
        {%- endif %}

)

select * from one_row_per_period
