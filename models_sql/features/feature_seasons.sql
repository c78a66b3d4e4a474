{%- set season = var('season_length') -%}
with

running_totals as (

    select
        history_number,
        period_index,
        demand
    from {{ ref('feature_running_totals') }}
    where period_index > (
        select min(cutoffs.cutoff_index) - 9 * {{ season }}
        from {{ ref('feature_cutoffs') }} as cutoffs
    )

),

seasons_back as (

    select
        running_totals.history_number,
        running_totals.period_index,
        {%- for step in range(8) %}
        lag(running_totals.demand, {{ step * season }}) over by_period as aligned_{{ step + 1 }}{{ ',' if not loop.last }}
        {%- endfor %}
    from running_totals
    window by_period as (partition by running_totals.history_number order by running_totals.period_index)

),

usable_at_a_cutoff as (

    select seasons_back.*
    from seasons_back
    where seasons_back.period_index > (
        select min(cutoffs.cutoff_index) - {{ season }}
        from {{ ref('feature_cutoffs') }} as cutoffs
    )

),

summed as (

    select
        usable_at_a_cutoff.*,
        {%- for count in [4, 8] %}
        {%- for step in range(count) %}
        {{ '+ ' if not loop.first }}coalesce(usable_at_a_cutoff.aligned_{{ step + 1 }}, 0)
        {%- endfor %} as sum_{{ count }},
        {%- for step in range(count) %}
        {{ '+ ' if not loop.first }}(usable_at_a_cutoff.aligned_{{ step + 1 }} is not null)::integer
        {%- endfor %} as n_{{ count }},
        {%- endfor %}
        least(
            usable_at_a_cutoff.aligned_1, usable_at_a_cutoff.aligned_2,
            usable_at_a_cutoff.aligned_3, usable_at_a_cutoff.aligned_4
        ) as least_4,
        greatest(
            usable_at_a_cutoff.aligned_1, usable_at_a_cutoff.aligned_2,
            usable_at_a_cutoff.aligned_3, usable_at_a_cutoff.aligned_4
        ) as greatest_4
    from usable_at_a_cutoff

)

select
    history_number,
    period_index,
    {%- for step in range(4) %}
    cast(aligned_{{ step + 1 }} as float) as aligned_{{ step + 1 }},
    {%- endfor %}
    cast(sum_4 / nullif(n_4, 0) as float) as aligned_mean_4,
    -- The median of four is the mean of the middle two, of three the middle one, of fewer the mean.
    cast(
        case
            when n_4 >= 3 then (sum_4 - least_4 - greatest_4) / (n_4 - 2)
            else sum_4 / nullif(n_4, 0)
        end as float
    ) as aligned_median_4,
    cast(sum_8 / nullif(n_8, 0) as float) as aligned_mean_8
from summed
