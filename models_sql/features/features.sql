{%- set windows = feature_windows() -%}
{%- set groups = feature_groups() -%}
{%- set unused = feature_unused_columns() -%}
with

targets as (

    select * from {{ ref('feature_targets') }}

),

-- Between the level of the last weeks and that of the quarter; the slower one where the faster is empty.
origins as (

    select
        *,
        coalesce(
            (adjusted_mean_{{ windows[2] }} + adjusted_mean_{{ windows[3] }}) / 2,
            adjusted_mean_{{ windows[3] }},
            adjusted_mean_{{ windows[4] }},
            adjusted_mean_{{ windows[5] }},
            rolling_mean_{{ windows[5] }}
        ) as level
    from {{ ref('feature_origins') }}

),

groups as (

    select * from {{ ref('feature_groups') }}

),

series as (

    select * from {{ ref('feature_series') }}

),

calendar as (

    select * from {{ ref('feature_calendar') }}

)

select
    -- what the row is about
    series.unique_id,
    targets.series_number,
    targets.cutoff,
    targets.ds,
    targets.h,
    targets.is_training_sample,
    targets.y,
    targets.is_stockout,

    -- horizon and calendar of ds
    cast(
        (targets.h + {{ var('season_length') }} - 1) // {{ var('season_length') }} as smallint
    ) as season_steps,
    calendar.day_of_week,
    calendar.day_of_month,
    calendar.day_of_year,
    calendar.days_to_month_end,
    calendar.week_of_year,
    calendar.month_of_year,
    calendar.quarter_of_year,
    calendar.year_sine,
    calendar.year_cosine,
    calendar.hour_of_day,
    calendar.half_hour_of_day,
    calendar.is_holiday,
    calendar.holiday_code,
    calendar.next_holiday_code,
    calendar.n_holidays,
    calendar.days_to_holiday,
    calendar.days_since_holiday,
    calendar.is_school_holiday,
    calendar.n_business_days,
    calendar.workday_of_month,
    calendar.is_payday,
    calendar.is_close_period,

    -- planned drivers at ds and next to it
    {%- for driver in var('driver_slots') %}
    {{ feature_column('driver_' ~ (driver | replace('driver_', '')), unused) }},
    {%- endfor %}
    {%- for driver in var('driver_slots') %}
    {%- for measure in ['previous', 'next', 'run', 'remaining'] %}
    {{ feature_column('driver_' ~ (driver | replace('driver_', '')) ~ '_' ~ measure, unused) }},
    {%- endfor %}
    {%- endfor %}

    -- what does not change
    {%- for slot in var('key_slots') %}
    series.key_{{ loop.index }}_code as key_{{ slot | replace('key_', '') }},
    {%- endfor %}
    {%- for slot in var('attribute_slots') %}
    series.attribute_{{ loop.index }}_value as attribute_{{ slot | replace('attribute_', '') }},
    {%- endfor %}
    targets.n_history - 1 + targets.h as series_age,

    -- what the series looked like at the cutoff
    targets.n_history,
    origins.periods_since_nonzero,
    {%- for lag in feature_lags(all_lags=true) %}
    {{ feature_column('lag_' ~ lag, unused, 'origins') }},
    {%- endfor %}
    origins.rolling_median_8,
    {%- for measure in ['mean', 'std'] %}
    {%- for window in windows[:9] %}
    {{ feature_column('rolling_' ~ measure ~ '_' ~ window, unused, 'origins') }},
    {%- endfor %}
    {%- endfor %}
    {%- for window in windows[:6] %}
    origins.rolling_nonzero_share_{{ window }},
    {%- endfor %}
    {%- for window in windows[:6] %}
    origins.adjusted_mean_{{ window }},
    {%- endfor %}
    {%- for window in [windows[0], windows[2]] %}
    origins.rolling_min_{{ window }},
    origins.rolling_max_{{ window }},
    {%- endfor %}
    {%- for short, long in [(0, 2), (2, 4), (2, 5)] %}
    origins.rolling_mean_ratio_{{ windows[short] }}_{{ windows[long] }},
    {%- endfor %}
    origins.year_over_year_{{ windows[2] }},

    -- what the series around it looked like at the cutoff
    {%- for slot in var('key_slots') %}
    {%- set column = 'key_' ~ loop.index ~ '_code' %}
    {{ column ~ '_level.group_mean' if column in groups else 'cast(null as float)' }}
        as group_mean_key_{{ slot | replace('key_', '') }},
    {%- endfor %}
    {%- for slot in var('attribute_slots') %}
    {%- set column = 'attribute_' ~ loop.index ~ '_value' %}
    {{ column ~ '_level.group_mean' if column in groups else 'cast(null as float)' }}
        as group_mean_attribute_{{ slot | replace('attribute_', '') }},
    {%- endfor %}
    all_series.group_trend as all_series_trend,
    all_series.group_year_over_year as all_series_year_over_year,

    -- demand in the same position of earlier seasons, years and driver states
    targets.aligned_1,
    targets.aligned_2,
    targets.aligned_3,
    targets.aligned_4,
    targets.aligned_mean_4,
    targets.aligned_median_4,
    targets.aligned_mean_8,
    cast(
        {{ feature_ratio('targets.aligned_mean_8', 'origins.last_8_seasons_mean') }} as float
    ) as season_position_ratio_8,
    {{ feature_column('second_season_aligned_1', unused) }},
    {{ feature_column('second_season_aligned_mean_4', unused) }},
    targets.year_aligned,
    targets.year_aligned_mean,
    cast({{ feature_ratio('targets.year_aligned_mean', 'origins.last_year_mean') }} as float) as year_aligned_ratio,
    targets.same_state_mean_8,
    targets.same_state_count_8,
    targets.cell_effect,
    targets.year_index,
    cast(targets.cell_effect * origins.level as float) as expected_demand,
    cast(targets.cell_effect * origins.adjusted_mean_{{ windows[5] }} * targets.year_index as float)
        as expected_demand_by_year
from targets
inner join series on targets.series_number = series.series_number
left join calendar on targets.ds = calendar.ds
left join origins
    on
        targets.series_number = {{ feature_series_of('origins.history_number') }}
        and targets.cutoff_index = origins.cutoff_index
{%- for group in groups %}
left join groups as {{ group }}_level
    on
        {{ group }}_level.group_name = '{{ group }}'
        and series.{{ group }} = {{ group }}_level.group_code
        and targets.cutoff_index = {{ group }}_level.cutoff_index
{%- endfor %}
left join groups as all_series
    on
        all_series.group_name = 'all_series'
        and targets.cutoff_index = all_series.cutoff_index
