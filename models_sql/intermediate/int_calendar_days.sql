{{ config(materialized='table') }}

with

days as (

    select calendar_date
    from {{ ref('int_days') }}

),

holidays as (

    select * from {{ ref('int_holidays') }}

),

fiscal as (

    select * from {{ ref('int_fiscal_days') }}

),

days_with_holidays as (

    select
        days.calendar_date,
        holidays.holiday_name,
        isodow(days.calendar_date) >= 6 as is_weekend,
        coalesce(holidays.is_holiday, false) as is_holiday,
        coalesce(holidays.is_school_holiday, false) as is_school_holiday
    from days
    left join holidays on days.calendar_date = holidays.holiday_date

),

days_counted as (

    select
        calendar_date,
        is_weekend,
        is_holiday,
        is_school_holiday,
        holiday_name,
        not is_weekend and not is_holiday as is_business_day,
        count(*) filter (where not is_weekend and not is_holiday) over (
            partition by year(calendar_date), month(calendar_date)
            order by calendar_date
        ) as business_day_of_month,
        count(*) filter (where not is_weekend and not is_holiday) over (
            partition by year(calendar_date), month(calendar_date)
            order by calendar_date desc
        ) as business_days_left_in_month,
        max(case when is_holiday then calendar_date end) over (order by calendar_date) as last_holiday_date,
        min(case when is_holiday then calendar_date end) over (order by calendar_date desc) as next_holiday_date
    from days_with_holidays

)

select
    days_counted.calendar_date,
    cast(isodow(days_counted.calendar_date) as integer) as day_of_week,
    cast(day(days_counted.calendar_date) as integer) as day_of_month,
    cast(dayofyear(days_counted.calendar_date) as integer) as day_of_year,
    cast(week(days_counted.calendar_date) as integer) as iso_week,
    cast(isoyear(days_counted.calendar_date) as integer) as iso_year,
    cast(month(days_counted.calendar_date) as integer) as month_of_year,
    cast(quarter(days_counted.calendar_date) as integer) as quarter_of_year,
    cast(year(days_counted.calendar_date) as integer) as year_number,
    days_counted.is_weekend,
    days_counted.is_holiday,
    days_counted.holiday_name,
    days_counted.is_school_holiday,
    cast(days_counted.calendar_date - days_counted.last_holiday_date as integer) as days_since_holiday,
    cast(days_counted.next_holiday_date - days_counted.calendar_date as integer) as days_until_holiday,
    days_counted.is_business_day,
    -- Books of a month are closed in the first three business days of the next one.
    days_counted.is_business_day and days_counted.business_day_of_month <= 3 as is_close_period,
    {%- if var('payday') == 'month_end' %}
    days_counted.is_business_day and days_counted.business_days_left_in_month = 1 as is_payday,
    {%- else %}
    day(days_counted.calendar_date) = {{ var('payday') }} as is_payday,
    {%- endif %}
    -- A day of the local clock has 23 or 25 hours when the clock is set.
    cast(
        date_diff(
            'hour',
            cast(days_counted.calendar_date as timestamp) at time zone '{{ var('timezone') }}',
            cast(days_counted.calendar_date + 1 as timestamp) at time zone '{{ var('timezone') }}'
        ) as integer
    ) as n_hours,
    fiscal.fiscal_year,
    fiscal.fiscal_quarter,
    fiscal.fiscal_period,
    fiscal.fiscal_week,
    -- 52 weeks before is the same weekday; the fiscal one also holds across a year of 53 weeks.
    days_counted.calendar_date - 364 as same_weekday_last_year,
    -- A 53rd week has no fellow in the year before: as in the restated retail calendar, it is compared with the week
    -- that began 52 weeks earlier.
    coalesce(
        fiscal_last_year.calendar_date,
        case when fiscal.fiscal_week = 53 then days_counted.calendar_date - 364 end
    ) as same_fiscal_day_last_year
from days_counted
inner join fiscal on days_counted.calendar_date = fiscal.calendar_date
left join fiscal as fiscal_last_year
    on
        fiscal.fiscal_year = fiscal_last_year.fiscal_year + 1
        and fiscal.fiscal_day = fiscal_last_year.fiscal_day
