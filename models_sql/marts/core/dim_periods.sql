with

days as (

    select * from {{ ref('int_calendar_days') }}

),

-- Whole periods only: the days of the first and last one must all be in the calendar.
periods as (

    select cast(numbers.period_number as integer) as period_index
    from (
        select
            unnest(
                generate_series(
                    {{ period_index('min(calendar_date)') }} + 1,
                    {{ period_index('max(calendar_date)') }} - 1
                )
            ) as period_number
        from days
    ) as numbers

),

period_limits as (

    select
        period_index,
        {{ period_from_index('period_index') }} as ds,
        {{ local_time(period_start('period_index')) }} as local_start,
        {{ period_start('period_index + 1') }} as period_end
    from periods

),

{%- if sub_daily_seconds() or var('freq') == 'D' %}

days_of_a_period as (

    select
        limits.period_index,
        days.calendar_date,
        days.is_weekend,
        days.is_holiday,
        days.holiday_name,
        days.is_school_holiday,
        days.is_business_day,
        days.is_close_period,
        days.is_payday
    from period_limits as limits
    inner join days on cast(limits.local_start as date) = days.calendar_date

),

{%- else %}

days_of_a_period as (

    select
        {{ period_index('days.calendar_date') }} as period_index,
        days.calendar_date,
        days.is_weekend,
        days.is_holiday,
        days.holiday_name,
        days.is_school_holiday,
        days.is_business_day,
        days.is_close_period,
        days.is_payday
    from days

),

{%- endif %}

period_counts as (

    select
        period_index,
        count(*) as n_days,
        count(*) filter (where is_business_day) as n_business_days,
        count(*) filter (where is_weekend) as n_weekend_days,
        count(*) filter (where is_holiday) as n_holidays,
        count(*) filter (where is_school_holiday) as n_school_holidays,
        string_agg(holiday_name, ' / ' order by calendar_date) as holiday_name,
        bool_or(is_close_period) as is_close_period,
        bool_or(is_payday) as is_payday
    from days_of_a_period
    group by period_index

)

select
    cast(limits.ds as {{ var('ds_type') }}) as ds,
    limits.period_index,
    limits.period_end,
    limits.local_start,
    cast(hour(limits.local_start) as integer) as hour_of_day,
    cast(minute(limits.local_start) as integer) as minute_of_hour,
    first_days.day_of_week,
    first_days.day_of_month,
    first_days.day_of_year,
    first_days.iso_week,
    first_days.iso_year,
    first_days.month_of_year,
    first_days.quarter_of_year,
    first_days.year_number,
    first_days.is_weekend,
    counts.n_holidays > 0 as is_holiday,
    counts.holiday_name,
    counts.n_school_holidays > 0 as is_school_holiday,
    first_days.days_since_holiday,
    first_days.days_until_holiday,
    counts.is_close_period,
    counts.is_payday,
    cast(counts.n_days as integer) as n_days,
    cast(counts.n_business_days as integer) as n_business_days,
    cast(counts.n_weekend_days as integer) as n_weekend_days,
    cast(counts.n_holidays as integer) as n_holidays,
    first_days.fiscal_year,
    first_days.fiscal_quarter,
    first_days.fiscal_period,
    first_days.fiscal_week
from period_limits as limits
inner join period_counts as counts on limits.period_index = counts.period_index
inner join days as first_days on cast(limits.local_start as date) = first_days.calendar_date
