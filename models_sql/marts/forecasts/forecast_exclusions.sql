with

eligibility as (

    select *
    from {{ ref('fct_series_eligibility') }}
    where role = 'live' and not is_forecast

),

series as (

    select *
    from {{ ref('dim_series') }}

)

select
    eligibility.unique_id,
    {%- for slot in var('key_slots') %}
    series.{{ adapter.quote(slot) }},
    {%- endfor %}
    eligibility.cutoff,
    eligibility.status,
    eligibility.last_ds,
    eligibility.reason
from eligibility
inner join series on eligibility.unique_id = series.unique_id
