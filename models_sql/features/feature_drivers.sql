{%- set binary_drivers = feature_drivers('binary') -%}
with

drivers as (

    select
        unique_id,
        ds
        {%- for driver in feature_drivers() %},
        {{ adapter.quote(driver) }}
        {%- endfor %}
    from {{ ref('fct_drivers') }}

),

series as (

    select
        series_number,
        unique_id
    from {{ ref('feature_series') }}

),

needed_periods as (

    select
        series.series_number,
        {{ period_index('drivers.ds') }} as period_index
        {%- for driver in feature_drivers() %},
        cast(drivers.{{ adapter.quote(driver) }} as float) as {{ adapter.quote(driver) }}
        {%- endfor %}
    from drivers
    inner join series on drivers.unique_id = series.unique_id

),

neighbours as (

    select
        needed_periods.*,
        {%- for driver in binary_drivers %}
        lag(needed_periods.{{ adapter.quote(driver) }}) over by_period as {{ adapter.quote(driver ~ '_previous') }},
        lead(needed_periods.{{ adapter.quote(driver) }}) over by_period as {{ adapter.quote(driver ~ '_next') }},
        {%- endfor %}
        cast(
            0
            {%- for driver in binary_drivers %}
            + case when needed_periods.{{ adapter.quote(driver) }} <> 0 then {{ 2 ** loop.index0 }} else 0 end
            {%- endfor %} as integer
        ) as driver_state
    from needed_periods
    where needed_periods.period_index >= (
        select min(cutoffs.cutoff_index) - {{ feature_lookback() }}
        from {{ ref('feature_cutoffs') }} as cutoffs
    )
    window by_period as (partition by needed_periods.series_number order by needed_periods.period_index)

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
