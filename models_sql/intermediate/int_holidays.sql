-- The holidays of the product's country and subdivision, as frozen with the last delivery of the calendar.

with

holidays as (

    select distinct
        holiday_date,
        holiday_name,
        coalesce(kind, 'public') = 'school' as is_school
    from {{ ref('stg_calendar__holidays') }}
    where
        holiday_date is not null
        and country = '{{ var('country') }}'
        and (subdivision is null or subdivision = '{{ var('subdivision') }}')

)

select
    holiday_date,
    bool_or(not is_school) as is_holiday,
    bool_or(is_school) as is_school_holiday,
    string_agg(case when not is_school then holiday_name end, ' / ' order by holiday_name) as holiday_name
from holidays
group by holiday_date
