-- The holidays of the product's country and subdivision, as frozen with the last delivery of the calendar.

with

holidays as (

    select * from {{ ref('stg_calendar__holidays') }}

)

select
    holiday_date,
    bool_or(coalesce(kind, 'public') <> 'school') as is_holiday,
    bool_or(coalesce(kind, 'public') = 'school') as is_school_holiday,
    string_agg(distinct holiday_name, ' / ' order by holiday_name)
        filter (where coalesce(kind, 'public') <> 'school') as holiday_name
from holidays
where
    holiday_date is not null
    and country = '{{ var('country') }}'
    and (subdivision is null or subdivision = '{{ var('subdivision') }}')
group by holiday_date
