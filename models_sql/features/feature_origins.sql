{%- set windows = feature_windows() -%}
{%- set used_windows = feature_used_windows() -%}
{%- set year = feature_year_offset() | int -%}
{%- set eight_seasons = 8 * (var('season_length') | int) -%}
{%- set recent = windows[2] -%}
with

running_totals as (

    select
        history_number,
        period_index,
        demand,
        total,
        total_of_squares,
        n_observed,
        n_nonzero,
        last_nonzero_index
    from {{ ref('feature_running_totals') }}

),

cutoffs as (

    select cutoff_index
    from {{ ref('feature_cutoffs') }}

),

-- A window is the difference of two running totals: one lag per length, whatever the length.
looked_back as (

    select
        running_totals.history_number,
        running_totals.period_index as cutoff_index,
        running_totals.period_index - running_totals.last_nonzero_index as periods_since_nonzero,
        {%- for lag in feature_lags() %}
        lag(running_totals.demand, {{ lag - 1 }}) over by_period as lag_{{ lag }},
        {%- endfor %}
        [
            {%- for offset in range(8) %}
            lag(running_totals.demand, {{ offset }}) over by_period{{ ',' if not loop.last }}
            {%- endfor %}
        ] as last_8,
        {%- for window in used_windows %}
        running_totals.total - coalesce(lag(running_totals.total, {{ window }}) over by_period, 0) as sum_{{ window }},
        running_totals.total_of_squares
        - coalesce(lag(running_totals.total_of_squares, {{ window }}) over by_period, 0) as squares_{{ window }},
        running_totals.n_observed
        - coalesce(lag(running_totals.n_observed, {{ window }}) over by_period, 0) as n_{{ window }},
        {%- endfor %}
        {%- for window in windows[:6] %}
        running_totals.n_nonzero
        - coalesce(lag(running_totals.n_nonzero, {{ window }}) over by_period, 0) as nonzero_{{ window }},
        {%- endfor %}
        {%- for window in [windows[0], recent] %}
        min(running_totals.demand) over last_{{ window }} as min_{{ window }},
        max(running_totals.demand) over last_{{ window }} as max_{{ window }},
        {%- endfor %}
        running_totals.total
        - coalesce(lag(running_totals.total, {{ eight_seasons }}) over by_period, 0) as sum_8_seasons,
        running_totals.n_observed
        - coalesce(lag(running_totals.n_observed, {{ eight_seasons }}) over by_period, 0) as n_8_seasons,
        lag(running_totals.total, {{ year }}) over by_period
        - coalesce(lag(running_totals.total, {{ year + recent }}) over by_period, 0) as sum_last_year,
        lag(running_totals.n_observed, {{ year }}) over by_period
        - coalesce(lag(running_totals.n_observed, {{ year + recent }}) over by_period, 0) as n_last_year
    from running_totals
    window
        by_period as (partition by running_totals.history_number order by running_totals.period_index)
        {%- for window in [windows[0], recent] %},
        last_{{ window }} as (
            partition by running_totals.history_number
            order by running_totals.period_index
            rows between {{ window - 1 }} preceding and current row
        )
        {%- endfor %}

),

at_cutoffs as (

    select looked_back.*
    from looked_back
    inner join cutoffs on looked_back.cutoff_index = cutoffs.cutoff_index

),

summarised as (

    select
        at_cutoffs.history_number,
        at_cutoffs.cutoff_index,
        at_cutoffs.periods_since_nonzero,
        {%- for lag in feature_lags() %}
        at_cutoffs.lag_{{ lag }},
        {%- endfor %}
        list_median(at_cutoffs.last_8) as rolling_median_8,
        {%- for window in used_windows %}
        at_cutoffs.sum_{{ window }} / nullif(at_cutoffs.n_{{ window }}, 0) as rolling_mean_{{ window }},
        case
            when at_cutoffs.n_{{ window }} > 1
                then sqrt(greatest(0, (
                    at_cutoffs.squares_{{ window }}
                    - at_cutoffs.sum_{{ window }} * at_cutoffs.sum_{{ window }} / at_cutoffs.n_{{ window }}
                ) / (at_cutoffs.n_{{ window }} - 1)))
        end as rolling_std_{{ window }},
        {%- endfor %}
        {%- for window in windows[:6] %}
        at_cutoffs.nonzero_{{ window }} / nullif(at_cutoffs.n_{{ window }}, 0) as rolling_nonzero_share_{{ window }},
        {%- endfor %}
        {%- for window in [windows[0], recent] %}
        at_cutoffs.min_{{ window }} as rolling_min_{{ window }},
        at_cutoffs.max_{{ window }} as rolling_max_{{ window }},
        {%- endfor %}
        at_cutoffs.sum_8_seasons / nullif(at_cutoffs.n_8_seasons, 0) as last_8_seasons_mean,
        at_cutoffs.sum_last_year / nullif(at_cutoffs.n_last_year, 0) as last_year_mean
    from at_cutoffs

)

select
    history_number,
    cutoff_index,
    cast(periods_since_nonzero as integer) as periods_since_nonzero,
    {%- for lag in feature_lags() %}
    cast(lag_{{ lag }} as float) as lag_{{ lag }},
    {%- endfor %}
    cast(rolling_median_8 as float) as rolling_median_8,
    {%- for window in used_windows %}
    cast(rolling_mean_{{ window }} as float) as rolling_mean_{{ window }},
    cast(rolling_std_{{ window }} as float) as rolling_std_{{ window }},
    {%- endfor %}
    {%- for window in windows[:6] %}
    cast(rolling_nonzero_share_{{ window }} as float) as rolling_nonzero_share_{{ window }},
    {%- endfor %}
    {%- for window in [windows[0], recent] %}
    cast(rolling_min_{{ window }} as float) as rolling_min_{{ window }},
    cast(rolling_max_{{ window }} as float) as rolling_max_{{ window }},
    {%- endfor %}
    {%- for short, long in [(0, 2), (2, 4), (2, 5)] %}
    cast(
        {{ feature_ratio('rolling_mean_' ~ windows[short], 'rolling_mean_' ~ windows[long]) }} as float
    ) as rolling_mean_ratio_{{ windows[short] }}_{{ windows[long] }},
    {%- endfor %}
    cast({{ feature_ratio('rolling_mean_' ~ recent, 'last_year_mean') }} as float) as year_over_year_{{ recent }},
    cast(last_8_seasons_mean as float) as last_8_seasons_mean,
    cast(last_year_mean as float) as last_year_mean
from summarised
