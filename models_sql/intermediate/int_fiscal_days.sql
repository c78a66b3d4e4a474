-- The fiscal year, quarter, period and week of every day; the macro has the patterns.

with

days as (

    select calendar_date
    from {{ ref('int_days') }}

)

{{ fiscal_days('days') }}
