{%- set windows = feature_windows() -%}
{%- set used_windows = feature_used_windows() -%}
{%- set used_lags = feature_lags() -%}
{%- set ahead = feature_drivers() -%}
{%- set binary = feature_drivers('binary') -%}
{%- set second_season = feature_second_season() -%}
{%- set groups = feature_groups() -%}
{%- set recent = windows[2] -%}
with

feature_rows as (

    select * from {{ ref('feature_rows') }}

),

observations as (

    select
        series_number,
        period_index,
        case when not is_imputed then y end as y,
        is_stockout
    from {{ ref('fct_observations') }}
    where
        period_index between
        (select min(cutoffs.cutoff_index) from {{ ref('feature_cutoffs') }} as cutoffs)
        and (select max(cutoffs.cutoff_index) from {{ ref('feature_cutoffs') }} as cutoffs)

),

series as (

    select * from {{ ref('feature_series') }}

),

groups as (

    select * from {{ ref('feature_groups') }}

),

origins as (

    select * from {{ ref('feature_origins') }}

),

seasons as (

    select * from {{ ref('feature_recent') }}

),

{% if second_season -%}
second_seasons as (

    select * from {{ ref('feature_second_seasons') }}

),

{% endif -%}
years as (

    select * from {{ ref('feature_years') }}

),

calendar as (

    select * from {{ ref('feature_calendar') }}

),

drivers as (

    select * from {{ ref('feature_drivers') }}

),

states as (

    select * from {{ ref('feature_states') }}

),

plans as (

    select missing_driver_state
    from {{ ref('feature_plans') }}

),

snapshots as (

    select
        period_index,
        known_snapshot
    from {{ ref('feature_snapshots') }}

),

own_effects as (

    select * from {{ ref('feature_effects') }}
    where history_number <> 0

),

pooled_effects as (

    select * from {{ ref('feature_effects') }}
    where history_number = 0

),

year_indexes as (

    select * from {{ ref('feature_year_index') }}

),

rows_with_drivers as (

    select
        feature_rows.*,
        {%- for driver in ahead %}
        drivers.{{ adapter.quote(driver) }},
        {%- endfor %}
        {%- for driver in binary %}
        {%- for measure in ['previous', 'next', 'run', 'remaining'] %}
        drivers.{{ adapter.quote(driver ~ '_' ~ measure) }},
        {%- endfor %}
        {%- endfor %}
        {{ feature_cell(
            'feature_rows.target_index',
            'coalesce(drivers.driver_state, plans.missing_driver_state)' if binary else '0'
        ) }} as cell
    from feature_rows
    cross join plans
    left join drivers
        on
            feature_rows.series_number = drivers.series_number
            and feature_rows.target_index = drivers.period_index

),

rows_with_states as (

    select
        rows_with_drivers.*,
        states.same_state_mean_8,
        states.same_state_count_8,
        snapshots.known_snapshot
    from rows_with_drivers
    asof left join states
        on
            rows_with_drivers.history_number = states.history_number
            and rows_with_drivers.cell = states.cell
            and rows_with_drivers.cutoff_index >= states.period_index
    left join snapshots on rows_with_drivers.cutoff_index = snapshots.period_index

),

joined as (

    select
        rows_with_states.*,
        observations.y,
        observations.is_stockout,
        series.* exclude (series_number),
        calendar.* exclude (period_index),
        origins.* exclude (history_number, cutoff_index),
        seasons.aligned_1,
        seasons.aligned_2,
        seasons.aligned_3,
        seasons.aligned_4,
        seasons.aligned_mean_4,
        seasons.aligned_median_4,
        seasons.aligned_mean_8,
        {%- if second_season %}
        second_seasons.second_season_aligned_1,
        second_seasons.second_season_aligned_mean_4,
        {%- endif %}
        years.year_aligned,
        years.year_aligned_mean,
        {%- for group in groups %}
        {{ group }}_level.group_mean as {{ group }}_mean,
        {%- endfor %}
        all_series.group_trend as all_series_trend,
        all_series.group_year_over_year as all_series_year_over_year,
        coalesce(own_effects.cell_effect, pooled_effects.cell_effect) as cell_effect,
        year_indexes.year_index
    from rows_with_states
    inner join series on rows_with_states.series_number = series.series_number
    left join calendar on rows_with_states.target_index = calendar.period_index
    left join observations
        on
            rows_with_states.series_number = observations.series_number
            and rows_with_states.target_index = observations.period_index
    left join origins
        on
            rows_with_states.history_number = origins.history_number
            and rows_with_states.cutoff_index = origins.cutoff_index
    left join seasons
        on
            rows_with_states.history_number = seasons.history_number
            and rows_with_states.aligned_index = seasons.period_index
    {%- if second_season %}
    left join second_seasons
        on
            rows_with_states.history_number = second_seasons.history_number
            and rows_with_states.second_aligned_index = second_seasons.period_index
    {%- endif %}
    left join years
        on
            rows_with_states.history_number = years.history_number
            and rows_with_states.target_index - {{ feature_year_offset() }} = years.period_index
    left join own_effects
        on
            rows_with_states.history_number = own_effects.history_number
            and rows_with_states.cell = own_effects.cell
            and rows_with_states.known_snapshot = own_effects.snapshot_number
    left join pooled_effects
        on
            rows_with_states.cell = pooled_effects.cell
            and rows_with_states.known_snapshot = pooled_effects.snapshot_number
    left join year_indexes
        on
            rows_with_states.cutoff_index = year_indexes.cutoff_index
            and rows_with_states.target_index = year_indexes.target_index
    {%- for group in groups %}
    left join groups as {{ group }}_level
        on
            {{ group }}_level.group_name = '{{ group }}'
            and series.{{ group }} = {{ group }}_level.group_code
            and rows_with_states.cutoff_index = {{ group }}_level.cutoff_index
    {%- endfor %}
    left join groups as all_series
        on
            all_series.group_name = 'all_series'
            and rows_with_states.cutoff_index = all_series.cutoff_index

),

-- Between the level of the last weeks and that of the quarter; the slower one where the faster is empty.
levelled as (

    select
        joined.*,
        coalesce(
            (joined.adjusted_mean_{{ recent }} + joined.adjusted_mean_{{ windows[3] }}) / 2,
            joined.adjusted_mean_{{ windows[3] }},
            joined.adjusted_mean_{{ windows[5] }},
            joined.rolling_mean_{{ windows[5] }}
        ) as level
    from joined

)

select
    -- what the row is about
    unique_id,
    series_number,
    cast({{ period_from_index('cutoff_index') }} as {{ var('ds_type') }}) as cutoff,
    cast({{ period_from_index('target_index') }} as {{ var('ds_type') }}) as ds,
    h,
    is_training_sample,
    y,
    is_stockout,

    -- horizon and calendar of ds
    cast((h + {{ var('season_length') }} - 1) // {{ var('season_length') }} as smallint) as season_steps,
    day_of_week,
    day_of_month,
    day_of_year,
    days_to_month_end,
    week_of_year,
    month_of_year,
    quarter_of_year,
    year_sine,
    year_cosine,
    hour_of_day,
    half_hour_of_day,
    is_holiday,
    holiday_code,
    next_holiday_code,
    n_holidays,
    days_to_holiday,
    days_since_holiday,
    is_school_holiday,
    n_business_days,
    workday_of_month,
    is_payday,
    is_close_period,

    -- planned drivers at ds and next to it
    {%- for driver in var('driver_slots') %}
    {{ 'cast(null as float)' if driver not in ahead else adapter.quote(driver) }}
        as driver_{{ driver | replace('driver_', '') }},
    {%- endfor %}
    {%- for driver in var('driver_slots') %}
    {%- for measure in ['previous', 'next', 'run', 'remaining'] %}
    {%- set column = adapter.quote(driver ~ '_' ~ measure) %}
    {%- if driver not in binary %}
    cast(null as float)
    {%- elif measure == 'next' %}
    -- Plans reach to the end of the horizon: what follows it is unknown when it counts.
    case when h < {{ var('horizon') }} then {{ column }} end
    {%- elif measure == 'remaining' %}
    case when h + {{ column }} <= {{ var('horizon') }} then {{ column }} end
    {%- else %}
    {{ column }}
    {%- endif %}
        as driver_{{ driver | replace('driver_', '') }}_{{ measure }},
    {%- endfor %}
    {%- endfor %}

    -- what does not change
    {%- for slot in var('key_slots') %}
    key_{{ loop.index }}_code as key_{{ slot | replace('key_', '') }},
    {%- endfor %}
    {%- for slot in var('attribute_slots') %}
    attribute_{{ loop.index }}_value as attribute_{{ slot | replace('attribute_', '') }},
    {%- endfor %}
    target_index - first_index as series_age,

    -- what the series looked like at the cutoff
    cutoff_index - first_index + 1 as n_history,
    periods_since_nonzero,
    {%- for lag in feature_lags(all_lags=true) %}
    {{ 'lag_' ~ lag if lag in used_lags else 'cast(null as float)' }} as lag_{{ lag }},
    {%- endfor %}
    rolling_median_8,
    {%- for measure in ['mean', 'std'] %}
    {%- for window in windows[:9] %}
    {{ 'rolling_' ~ measure ~ '_' ~ window if window in used_windows else 'cast(null as float)' }}
        as rolling_{{ measure }}_{{ window }},
    {%- endfor %}
    {%- endfor %}
    {%- for window in windows[:6] %}
    rolling_nonzero_share_{{ window }},
    {%- endfor %}
    {%- for window in windows[:6] %}
    adjusted_mean_{{ window }},
    {%- endfor %}
    {%- for window in [windows[0], recent] %}
    rolling_min_{{ window }},
    rolling_max_{{ window }},
    {%- endfor %}
    {%- for short, long in [(0, 2), (2, 4), (2, 5)] %}
    rolling_mean_ratio_{{ windows[short] }}_{{ windows[long] }},
    {%- endfor %}
    year_over_year_{{ recent }},

    -- what the series around it looked like at the cutoff
    {%- for slot in var('key_slots') %}
    {%- set column = 'key_' ~ loop.index ~ '_code' %}
    {{ column ~ '_mean' if column in groups else 'cast(null as float)' }}
        as group_mean_key_{{ slot | replace('key_', '') }},
    {%- endfor %}
    {%- for slot in var('attribute_slots') %}
    {%- set column = 'attribute_' ~ loop.index ~ '_value' %}
    {{ column ~ '_mean' if column in groups else 'cast(null as float)' }}
        as group_mean_attribute_{{ slot | replace('attribute_', '') }},
    {%- endfor %}
    all_series_trend,
    all_series_year_over_year,

    -- demand in the same position of earlier seasons, years and driver states
    aligned_1,
    aligned_2,
    aligned_3,
    aligned_4,
    aligned_mean_4,
    aligned_median_4,
    aligned_mean_8,
    cast({{ feature_ratio('aligned_mean_8', 'last_8_seasons_mean') }} as float) as season_position_ratio_8,
    {{ 'second_season_aligned_1' if second_season else 'cast(null as float) as second_season_aligned_1' }},
    {{ 'second_season_aligned_mean_4' if second_season else 'cast(null as float) as second_season_aligned_mean_4' }},
    year_aligned,
    year_aligned_mean,
    cast({{ feature_ratio('year_aligned_mean', 'last_year_mean') }} as float) as year_aligned_ratio,
    same_state_mean_8,
    same_state_count_8,
    cell_effect,
    year_index,
    cast(cell_effect * level as float) as expected_demand,
    cast(cell_effect * adjusted_mean_{{ windows[5] }} * year_index as float) as expected_demand_by_year
from levelled
