with

accepted_lines as (

    select * from {{ ref('int_online_retail__order_lines_judged') }}
    where rule_id is null

),

lines_by_key as (

    select
        {{ key_columns(online_retail_keys('accepted_lines')) }},
        {{ period_index('accepted_lines.invoiced_at') }} as period_index,
        accepted_lines.quantity
    from accepted_lines

),

-- Quantities of credit notes are negative: a return reduces the demand of the day it is posted.
net_quantities as (

    select
        key_1,
        key_2,
        key_3,
        key_4,
        period_index,
        sum(quantity) as net_quantity
    from lines_by_key
    group by key_1, key_2, key_3, key_4, period_index

),

-- The file covers every series until its last day, so silence at the end is a time without sales.
last_periods as (

    select distinct
        key_1,
        key_2,
        key_3,
        key_4,
        (select max(all_periods.period_index) from net_quantities as all_periods) as period_index
    from net_quantities

),

demand as (

    select
        net_quantities.key_1,
        net_quantities.key_2,
        net_quantities.key_3,
        net_quantities.key_4,
        net_quantities.period_index,
        net_quantities.net_quantity
    from net_quantities
    union all
    select
        last_periods.key_1,
        last_periods.key_2,
        last_periods.key_3,
        last_periods.key_4,
        last_periods.period_index,
        0 as net_quantity
    from last_periods
    anti join net_quantities
        on
            {{ same_key('last_periods', 'net_quantities') }}
            and last_periods.period_index = net_quantities.period_index

)

select
    key_1,
    key_2,
    key_3,
    key_4,
    {{ period_from_index('period_index') }} as ds,
    {{ clipped_at_zero('net_quantity') }} as y,
    false as is_stockout,
    false as is_outlier,
    cast(null as timestamp) as known_at,
    cast(null as integer) as n_readings
from demand
