{%- set binary_drivers = feature_drivers('binary') -%}
with

target_range as (

    select
        min(cutoffs.cutoff_index) + 1 as first_index,
        max(cutoffs.cutoff_index) + {{ var('horizon') }} as last_index
    from {{ ref('feature_cutoffs') }} as cutoffs

),

drivers as (

    select
        series_number,
        period_index,
        {%- for driver in feature_drivers() %}
        cast({{ adapter.quote(driver) }} as float) as {{ adapter.quote(driver) }},
        {%- endfor %}
        {{ feature_driver_state() }} as driver_state
    from {{ ref('fct_drivers') }}
    where
        period_index >= (select target_range.first_index - 1 from target_range)
        and period_index <= (select target_range.last_index from target_range)

),

neighbours as (

    select
        drivers.*
        {%- for driver in binary_drivers %},
        case
            when lag(drivers.period_index) over by_period = drivers.period_index - 1
                then lag(drivers.{{ adapter.quote(driver) }}) over by_period
        end as {{ adapter.quote(driver ~ '_previous') }},
        case
            when lead(drivers.period_index) over by_period = drivers.period_index + 1
                then lead(drivers.{{ adapter.quote(driver) }}) over by_period
        end as {{ adapter.quote(driver ~ '_next') }}
        {%- endfor %}
    from drivers
    {%- if binary_drivers %}
    window by_period as (partition by drivers.series_number order by drivers.period_index)
    {%- endif %}

)

select
    series_number,
    period_index,
    {%- for driver in feature_drivers() %}
    {{ adapter.quote(driver) }},
    {%- endfor %}
    {%- for driver in binary_drivers %}
    {{ adapter.quote(driver ~ '_previous') }},
    {{ adapter.quote(driver ~ '_next') }},
    {%- endfor %}
    driver_state
from neighbours
where period_index >= (select target_range.first_index from target_range)
