with

days as (

    select * from {{ ref('int_calendar_days') }}

),

{%- if sub_daily_seconds() %}

instants as (

    select
        unnest(
            generate_series(
                cast(min(calendar_date) as timestamp),
                cast(max(calendar_date) as timestamp) + interval 23 hour,
                interval 1 hour
            )
        ) as ds
    from days

),

{%- else %}

instants as (

    select calendar_date as ds
    from days

),

{%- endif %}

on_the_local_clock as (

    select
        ds,
        {{ local_time('ds') }} as local_ds
    from instants

)

select
    cast(clock.ds as {{ var('ds_type') }}) as ds,
    clock.local_ds,
    cast(hour(clock.local_ds) as integer) as hour_of_day,
    days.day_of_week,
    days.day_of_month,
    days.day_of_year,
    days.iso_week,
    days.iso_year,
    days.month_of_year,
    days.quarter_of_year,
    days.year_number,
    days.is_weekend,
    days.is_holiday,
    days.holiday_name,
    days.is_school_holiday,
    days.days_since_holiday,
    days.days_until_holiday,
    days.is_business_day,
    days.is_close_period,
    days.is_payday,
    days.fiscal_year,
    days.fiscal_quarter,
    days.fiscal_period,
    days.fiscal_week,
    days.n_hours,
    days.same_weekday_last_year,
    days.same_fiscal_day_last_year
from on_the_local_clock as clock
inner join days on cast(clock.local_ds as date) = days.calendar_date
