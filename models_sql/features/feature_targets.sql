{%- set season = var('season_length') | int -%}
{%- set second_season = feature_second_season() | int -%}
{%- set year = feature_year_offset() | int -%}
{%- set reach = feature_year_reach() | int -%}
{%- set ahead = feature_drivers() -%}
{%- set binary = feature_drivers('binary') -%}
{%- set known_then = var('as_known_then') -%}
{%- set history = 'history_number' if known_then else 'series_number' -%}
with

steps as (

    select * from {{ ref('feature_steps') }}

),

live_cutoff as (

    select max(steps.cutoff_index) as live_index from steps

),

series as (

    {{ feature_lives() | indent(4) }}

),

histories as (

    select * from {{ ref('feature_histories') }}
    where {{ feature_batch(feature_series_of('history_number')) }}

),

{% if ahead -%}
driver_histories as (

    select * from {{ ref('feature_driver_histories') }}
    where {{ feature_batch('series_number') }}

),

{% endif -%}
plans as (

    select * from {{ ref('feature_plans') }}

),

truth as (

    {{ feature_truth('steps') | indent(4) }}

),

observations as (

    select * from truth
    {%- if not known_then %}
    -- What was demand is in the list of the series: left are periods without an observation or with an empty shelf.
    where (y is not null and not is_stockout) is not true
    {%- endif %}

),

states as (

    select * from {{ ref('feature_states') }}
    where {{ feature_batch(feature_series_of('history_number')) }}

),

snapshots as (

    select * from {{ ref('feature_snapshots') }}

),

own_effects as (

    select * from {{ ref('feature_effects') }}
    where {{ feature_batch(feature_series_of('history_number')) }}

),

pooled_effects as (

    select * from {{ ref('feature_effects') }}
    where history_number = 0

),

year_indexes as (

    select * from {{ ref('feature_year_index') }}

),

series_with_histories as (

    select
        series.series_number,
        series.first_index,
        {%- if known_then %}
        series.history_number,
        series.first_cutoff_index,
        series.last_cutoff_index,
        {%- endif %}
        {%- if ahead %}
        driver_histories.planned_rows,
        driver_histories.first_index as first_plan_index,
        {%- for driver in binary %}
        driver_histories.{{ adapter.quote(driver ~ '_runs') }},
        driver_histories.{{ adapter.quote(driver ~ '_run_numbers') }},
        {%- endfor %}
        {%- endif %}
        histories.demands,
        histories.first_index as first_demand_index
    from histories
    inner join series on histories.history_number = series.{{ history }}
    {%- if ahead %}
    left join driver_histories on series.series_number = driver_histories.series_number
    {%- endif %}

),

-- A generator of our own, as DuckDB's hash may change between versions: the same series and cutoff give the same
-- steps for ever. Squaring modulo a prime breaks the pattern of neighbouring numbers.
mixed as (

    select
        series_with_histories.*,
        steps.*,
        (
            cast(series_with_histories.series_number as bigint) * 48271 + cast(steps.cutoff_index as bigint) * 69621
            + steps.stratum * 16807 + 1
        )
        % 2147483647 as mixed_once
    from series_with_histories
    cross join steps
    -- A difference, not a comparison of two columns: DuckDB would copy the lists of a series for each of its rows.
    {% if known_then -%}
    where
        steps.cutoff_index - series_with_histories.first_index >= 0
        and steps.cutoff_index - series_with_histories.first_cutoff_index >= 0
        and steps.cutoff_index - series_with_histories.last_cutoff_index <= 0
    {%- else -%}
    where steps.cutoff_index - series_with_histories.first_index >= 0
    {%- endif %}

),

sampled as (

    select
        mixed.*,
        mixed.steps_before
        + 1 + ((mixed.mixed_once * mixed.mixed_once % 2147483647) * 48271 % 2147483647) % mixed.n_steps as sampled_h
    from mixed

),

placed as (

    select
        sampled.* exclude (h),
        coalesce(sampled.h, sampled.sampled_h) as h,
        sampled.cutoff_index + coalesce(sampled.h, sampled.sampled_h) as target_index
    from sampled

),

aligned as (

    select
        placed.*,
        {%- if second_season %}
        placed.target_index - {{ second_season }} * ((placed.h + {{ second_season - 1 }}) // {{ second_season }})
            as second_aligned_index,
        {%- endif %}
        placed.target_index - {{ season }} * ((placed.h + {{ season - 1 }}) // {{ season }}) as aligned_index
    from placed
    cross join live_cutoff
    where placed.role <> 'training' or placed.target_index <= live_cutoff.live_index

),

found as (

    select
        aligned.series_number,
        {%- if known_then %}
        aligned.history_number,
        {%- endif %}
        aligned.cutoff_index,
        aligned.target_index,
        aligned.h,
        aligned.first_index,
        aligned.role = 'training' or (
            aligned.role <> 'live' and aligned.h = aligned.sampled_h and aligned.target_index <= live_cutoff.live_index
        ) as is_training_sample,
        {%- for step in range(8) %}
        {{ feature_at('aligned.demands', 'aligned.aligned_index - ' ~ step * season, 'aligned.first_demand_index') }}
            as aligned_{{ step + 1 }},
        {%- endfor %}
        {%- for step in range(4 if second_season else 0) %}
        {{ feature_at(
            'aligned.demands', 'aligned.second_aligned_index - ' ~ step * second_season, 'aligned.first_demand_index'
        ) }} as second_season_aligned_{{ step + 1 }},
        {%- endfor %}
        {%- for distance in range(2 * reach + 1) %}
        {{ feature_at(
            'aligned.demands', 'aligned.target_index - ' ~ (year + reach - distance), 'aligned.first_demand_index'
        ) }} as year_{{ distance + 1 }},
        {%- endfor %}
        -- The list of a history holds what was known at its cutoffs, not what turned out to be true.
        {{ 'cast(null as double)' if known_then else feature_at(
            'aligned.demands', 'aligned.target_index', 'aligned.first_demand_index'
        ) }} as target_demand,
        {%- if ahead %}
        {{ feature_at('aligned.planned_rows', 'aligned.target_index', 'aligned.first_plan_index') }} as plan,
        {{ feature_at('aligned.planned_rows', 'aligned.target_index - 1', 'aligned.first_plan_index') }} as plan_before,
        {{ feature_at('aligned.planned_rows', 'aligned.target_index + 1', 'aligned.first_plan_index') }} as plan_after,
        aligned.target_index - aligned.first_plan_index + 1 as place,
        {%- endif %}
        {%- for driver in binary %}
        aligned.{{ adapter.quote(driver ~ '_runs') }}[
            {{ feature_at(
                'aligned.' ~ adapter.quote(driver ~ '_run_numbers'), 'aligned.target_index', 'aligned.first_plan_index'
            ) }}
        ] as {{ adapter.quote(driver ~ '_run') }},
        {%- endfor %}
        snapshots.known_snapshot
    from aligned
    cross join live_cutoff
    left join snapshots on aligned.cutoff_index = snapshots.period_index

),

-- A plan that was announced after the cutoff is none yet.
looked_up as (

    select
        found.* replace (
            {%- if ahead %}
            case when struct_extract(found.plan, 'known_index') <= found.cutoff_index then found.plan end as plan,
            case
                when struct_extract(found.plan_before, 'known_index') <= found.cutoff_index then found.plan_before
            end as plan_before,
            -- Plans reach to the end of the horizon: what follows it is unknown when it counts.
            case
                when
                    found.h < {{ var('horizon') }}
                    and struct_extract(found.plan_after, 'known_index') <= found.cutoff_index
                    then found.plan_after
            end as plan_after,
            {%- endif %}
            found.h as h
        )
    from found

),

summarised as (

    select
        looked_up.*,
        {{ feature_known_sum('looked_up.aligned_', 4) }} as sum_4,
        {{ feature_known_count('looked_up.aligned_', 4) }} as n_4,
        {{ feature_known_sum('looked_up.aligned_', 8) }} as sum_8,
        {{ feature_known_count('looked_up.aligned_', 8) }} as n_8,
        {{ feature_known_sum('looked_up.year_', 2 * reach + 1) }} as sum_of_year,
        {{ feature_known_count('looked_up.year_', 2 * reach + 1) }} as n_of_year,
        {%- if second_season %}
        {{ feature_known_sum('looked_up.second_season_aligned_', 4) }} as sum_of_second_season,
        {{ feature_known_count('looked_up.second_season_aligned_', 4) }} as n_of_second_season,
        {%- endif %}
        least(looked_up.aligned_1, looked_up.aligned_2, looked_up.aligned_3, looked_up.aligned_4) as least_4,
        greatest(looked_up.aligned_1, looked_up.aligned_2, looked_up.aligned_3, looked_up.aligned_4) as greatest_4,
        {{ feature_cell(
            'looked_up.target_index',
            "coalesce(struct_extract(looked_up.plan, 'driver_state'), plans.missing_driver_state)" if binary else '0'
        ) }} as cell
    from looked_up
    cross join plans

),

-- What the row itself decides comes before the joins, which sort and move all that they are given.
measured as (

    select
        summarised.series_number,
        {%- if known_then %}
        summarised.history_number,
        {%- endif %}
        cast(summarised.cutoff_index as integer) as cutoff_index,
        cast({{ period_from_index('summarised.cutoff_index') }} as {{ var('ds_type') }}) as cutoff,
        cast({{ period_from_index('summarised.target_index') }} as {{ var('ds_type') }}) as ds,
        cast(summarised.h as smallint) as h,
        summarised.is_training_sample,
        cast(summarised.cutoff_index - summarised.first_index + 1 as integer) as n_history,
        {%- for driver in ahead %}
        {%- set column = 'driver_' ~ (driver | replace('driver_', '')) %}
        struct_extract(summarised.plan, '{{ driver }}') as {{ adapter.quote(column) }},
        {%- if driver in binary %}
        {%- set run = 'summarised.' ~ adapter.quote(driver ~ '_run') %}
        struct_extract(summarised.plan_before, '{{ driver }}') as {{ adapter.quote(column ~ '_previous') }},
        struct_extract(summarised.plan_after, '{{ driver }}') as {{ adapter.quote(column ~ '_next') }},
        cast(
            case
                when
                    struct_extract(summarised.plan, '{{ driver }}') is not null
                    and struct_extract({{ run }}, 'known_index') <= summarised.cutoff_index
                    then least(summarised.place - struct_extract({{ run }}, 'first_place') + 1, 60)
            end as float
        ) as {{ adapter.quote(column ~ '_run') }},
        cast(
            case
                when
                    struct_extract({{ run }}, 'known_index') <= summarised.cutoff_index
                    and summarised.h + struct_extract({{ run }}, 'last_place') - summarised.place + 1
                    <= {{ var('horizon') }}
                    then struct_extract({{ run }}, 'last_place') - summarised.place + 1
            end as float
        ) as {{ adapter.quote(column ~ '_remaining') }},
        {%- endif %}
        {%- endfor %}
        {%- for step in range(1, 5) %}
        cast(summarised.aligned_{{ step }} as float) as aligned_{{ step }},
        {%- endfor %}
        cast(summarised.sum_4 / nullif(summarised.n_4, 0) as float) as aligned_mean_4,
        -- The median of four is the mean of the middle two, of three the middle one, of fewer the mean.
        cast(
            case
                when summarised.n_4 >= 3
                    then (summarised.sum_4 - summarised.least_4 - summarised.greatest_4) / (summarised.n_4 - 2)
                else summarised.sum_4 / nullif(summarised.n_4, 0)
            end as float
        ) as aligned_median_4,
        cast(summarised.sum_8 / nullif(summarised.n_8, 0) as float) as aligned_mean_8,
        {%- if second_season %}
        cast(summarised.second_season_aligned_1 as float) as second_season_aligned_1,
        cast(summarised.sum_of_second_season / nullif(summarised.n_of_second_season, 0) as float)
            as second_season_aligned_mean_4,
        {%- endif %}
        cast(summarised.year_{{ reach + 1 }} as float) as year_aligned,
        cast(
            case
                when summarised.target_index - {{ year }} >= summarised.first_index
                    then summarised.sum_of_year / nullif(summarised.n_of_year, 0)
            end as float
        ) as year_aligned_mean,
        summarised.target_demand,
        summarised.target_index,
        summarised.cell,
        summarised.known_snapshot
    from summarised

),

joined as (

    select
        measured.*,
        states.same_state_mean_8,
        states.same_state_count_8,
        year_indexes.year_index,
        coalesce(measured.target_demand, observations.y) as y,
        case when measured.target_demand is not null then false else observations.is_stockout end as is_stockout,
        coalesce(own_effects.cell_effect, pooled_effects.cell_effect) as cell_effect
    from measured
    left join states
        on
            measured.{{ history }} = states.history_number
            and measured.cell = states.cell
            and measured.cutoff_index = states.cutoff_index
    left join observations
        on
            measured.series_number = observations.series_number
            and measured.target_index = observations.period_index
    left join own_effects
        on
            measured.{{ history }} = own_effects.history_number
            and measured.cell = own_effects.cell
            and measured.known_snapshot = own_effects.snapshot_number
    left join pooled_effects
        on
            measured.cell = pooled_effects.cell
            and measured.known_snapshot = pooled_effects.snapshot_number
    left join year_indexes
        on
            measured.cutoff_index = year_indexes.cutoff_index
            and measured.target_index = year_indexes.target_index

)

select * exclude (target_index, cell, known_snapshot, target_demand{{ ', history_number' if known_then }})
from joined
