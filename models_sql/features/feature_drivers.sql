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
        period_index >= (select target_range.first_index - 60 from target_range)
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

),

-- A run is a stretch of periods in which a driver does not change.
runs as (

    select
        neighbours.*
    {%- for driver in binary_drivers %}
    {%- set here = 'neighbours.' ~ adapter.quote(driver) %},
    max(
        case
            when {{ here }} is distinct from neighbours.{{ adapter.quote(driver ~ '_previous') }}
                then neighbours.period_index
        end
    ) over so_far as {{ adapter.quote(driver ~ '_run_start') }},
    min(
        case
            when {{ here }} is distinct from neighbours.{{ adapter.quote(driver ~ '_next') }}
                then neighbours.period_index
        end
    ) over from_now_on as {{ adapter.quote(driver ~ '_run_end') }}
    {%- endfor %}
    from neighbours
    {%- if binary_drivers %}
    window
        so_far as (
            partition by neighbours.series_number
            order by neighbours.period_index
            rows between unbounded preceding and current row
        ),
        from_now_on as (
            partition by neighbours.series_number
            order by neighbours.period_index
            rows between current row and unbounded following
        )
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
    cast(least(period_index - {{ adapter.quote(driver ~ '_run_start') }} + 1, 60) as float)
        as {{ adapter.quote(driver ~ '_run') }},
    cast({{ adapter.quote(driver ~ '_run_end') }} - period_index + 1 as float)
        as {{ adapter.quote(driver ~ '_remaining') }},
    {%- endfor %}
    driver_state
from runs
where period_index >= (select target_range.first_index from target_range)
