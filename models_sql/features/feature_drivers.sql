{%- set binary_drivers = feature_drivers('binary') -%}
with

drivers as (

    select
        series_number,
        period_index
        {%- for driver in feature_drivers() %},
        cast({{ adapter.quote(driver) }} as float) as {{ adapter.quote(driver) }}
        {%- endfor %}
    from {{ ref('fct_drivers') }}
    where period_index >= (
        select min(cutoffs.cutoff_index) - {{ feature_lookback() }}
        from {{ ref('feature_cutoffs') }} as cutoffs
    )

),

neighbours as (

    select
        drivers.*,
        {%- for driver in binary_drivers %}
        lag(drivers.{{ adapter.quote(driver) }}) over by_period as {{ adapter.quote(driver ~ '_previous') }},
        lead(drivers.{{ adapter.quote(driver) }}) over by_period as {{ adapter.quote(driver ~ '_next') }},
        {%- endfor %}
        cast(
            0
            {%- for driver in binary_drivers %}
            + case when drivers.{{ adapter.quote(driver) }} <> 0 then {{ 2 ** loop.index0 }} else 0 end
            {%- endfor %} as integer
        ) as driver_state
    from drivers
    window by_period as (partition by drivers.series_number order by drivers.period_index)

)

select
    series_number,
    period_index,
    driver_state
    {%- for driver in feature_drivers() %},
    {{ adapter.quote(driver) }}
    {%- endfor %}
    {%- for driver in binary_drivers %},
    {{ adapter.quote(driver ~ '_previous') }},
    {{ adapter.quote(driver ~ '_next') }}
    {%- endfor %}
from neighbours
