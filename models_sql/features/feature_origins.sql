{%- set windows = feature_windows() -%}
{%- set used_windows = feature_used_windows() -%}
{%- set block_length = feature_block_length() -%}
{%- set year = feature_year_offset() | int -%}
{%- set eight_seasons = 8 * (var('season_length') | int) -%}
{%- set recent = windows[2] -%}
{%- set distances = feature_block_distances() -%}
with

blocks as (

    select *
    from {{ ref('feature_blocks') }}
    where {{ feature_batch(feature_series_of('history_number')) }}

),

cutoffs as (

    select cutoff_index
    from {{ ref('feature_cutoffs') }}

),

running_totals as (

    select
        blocks.history_number,
        blocks.last_index_of_block as cutoff_index,
        sum(coalesce(blocks.total, 0)) over to_date as total,
        sum(coalesce(blocks.total_of_squares, 0)) over to_date as squares,
        cast(sum(blocks.n_observed) over to_date as integer) as n,
        cast(sum(blocks.n_nonzero) over to_date as integer) as nonzero,
        max(blocks.last_nonzero_index) over to_date as last_nonzero_index,
        sum(coalesce(blocks.adjusted_total, 0)) over to_date as adjusted,
        cast(sum(blocks.n_adjusted) over to_date as integer) as n_adjusted
        {%- for offset in feature_block_offsets() %},
        blocks.demand_{{ offset }}
        {%- endfor %},
        min(blocks.least_demand) over last_{{ windows[0] }} as rolling_min_{{ windows[0] }},
        max(blocks.greatest_demand) over last_{{ windows[0] }} as rolling_max_{{ windows[0] }},
        min(blocks.least_demand) over last_{{ recent }} as rolling_min_{{ recent }},
        max(blocks.greatest_demand) over last_{{ recent }} as rolling_max_{{ recent }}
    from blocks
    window
        to_date as (
            partition by blocks.history_number
            order by blocks.last_index_of_block
            rows between unbounded preceding and current row
        ),
        last_{{ windows[0] }} as (
            partition by blocks.history_number
            order by blocks.last_index_of_block
            rows between {{ windows[0] // block_length - 1 }} preceding and current row
        ),
        last_{{ recent }} as (
            partition by blocks.history_number
            order by blocks.last_index_of_block
            rows between {{ recent // block_length - 1 }} preceding and current row
        )

),

-- A window is the difference of two running totals: one lag per length, whatever the length.
looked_back as (

    select
        {%- for distance in feature_recent_lags() %}
        {%- set column = 'running_totals.demand_' ~ distance % block_length %}
        {%- set lagged = 'lag(' ~ column ~ ', ' ~ distance // block_length ~ ') over by_block' %}
        {{ column if distance < block_length else lagged }} as before_{{ distance }},
        {%- endfor %}
        {%- for distance in distances %}
        lag(running_totals.total, {{ distance // block_length }}, 0) over by_block as total_{{ distance }},
        lag(running_totals.squares, {{ distance // block_length }}, 0) over by_block as squares_{{ distance }},
        lag(running_totals.n, {{ distance // block_length }}, 0) over by_block as n_{{ distance }},
        lag(running_totals.nonzero, {{ distance // block_length }}, 0) over by_block as nonzero_{{ distance }},
        lag(running_totals.adjusted, {{ distance // block_length }}, 0) over by_block as adjusted_{{ distance }},
        lag(running_totals.n_adjusted, {{ distance // block_length }}, 0) over by_block as n_adjusted_{{ distance }},
        {%- endfor %}
        running_totals.*
    from running_totals
    window by_block as (partition by running_totals.history_number order by running_totals.cutoff_index)

),

at_cutoffs as (

    select
        looked_back.*,
        looked_back.demand_0 as before_0
    from looked_back
    inner join cutoffs on looked_back.cutoff_index = cutoffs.cutoff_index
    {%- if var('as_known_then') %}
    inner join {{ ref('feature_known_histories') }} as histories
        on
            looked_back.history_number = histories.history_number
            and looked_back.cutoff_index between histories.first_cutoff_index and histories.last_cutoff_index
    {%- endif %}

),

sums as (

    select
        at_cutoffs.*,
        {%- for window in used_windows + [eight_seasons] %}
        {%- set whole = window // block_length * block_length %}
        {{ 'at_cutoffs.total - at_cutoffs.total_' ~ whole if whole else '0' }}
        {%- for distance in range(whole, window) %}
        + coalesce(at_cutoffs.before_{{ distance }}, 0){% endfor %}
            as sum_{{ window }},
        {{ 'at_cutoffs.squares - at_cutoffs.squares_' ~ whole if whole else '0' }}
        {%- for distance in range(whole, window) %}
        + coalesce(at_cutoffs.before_{{ distance }} * at_cutoffs.before_{{ distance }}, 0)
        {%- endfor %}
            as squares_of_{{ window }},
        {{ 'at_cutoffs.n - at_cutoffs.n_' ~ whole if whole else '0' }}
        {%- for distance in range(whole, window) %}
        + (at_cutoffs.before_{{ distance }} is not null)::integer{% endfor %}
            as count_{{ window }},
        {%- endfor %}
        at_cutoffs.total_{{ year }} - at_cutoffs.total_{{ year + recent }} as sum_last_year,
        at_cutoffs.n_{{ year }} - at_cutoffs.n_{{ year + recent }} as count_last_year
    from at_cutoffs

),

summarised as (

    select
        sums.history_number,
        sums.cutoff_index,
        -- Where nothing was observed lately nobody knows how long nothing was sold.
        case
            when sums.count_{{ recent }} > 0 then sums.cutoff_index - sums.last_nonzero_index
        end as periods_since_nonzero,
        {%- for lag in feature_lags() %}
        sums.before_{{ lag - 1 }} as lag_{{ lag }},
        {%- endfor %}
        list_median([
            {%- for distance in range(8) %}
            sums.before_{{ distance }}{{ ',' if not loop.last }}
            {%- endfor %}
        ]) as rolling_median_8,
        {%- for window in used_windows %}
        sums.sum_{{ window }} / nullif(sums.count_{{ window }}, 0) as rolling_mean_{{ window }},
        case
            when sums.count_{{ window }} > 1
                then sqrt(greatest(
                    0,
                    (
                        sums.squares_of_{{ window }}
                        - sums.sum_{{ window }} * sums.sum_{{ window }} / sums.count_{{ window }}
                    )
                    / (sums.count_{{ window }} - 1)
                ))
        end as rolling_std_{{ window }},
        {%- endfor %}
        {%- for window in windows[:6] %}
        (sums.nonzero - sums.nonzero_{{ window }}) / nullif(sums.count_{{ window }}, 0)
            as rolling_nonzero_share_{{ window }},
        (sums.adjusted - sums.adjusted_{{ window }}) / nullif(sums.n_adjusted - sums.n_adjusted_{{ window }}, 0)
            as adjusted_mean_{{ window }},
        {%- endfor %}
        {%- for window in [windows[0], recent] %}
        sums.rolling_min_{{ window }},
        sums.rolling_max_{{ window }},
        {%- endfor %}
        sums.sum_{{ eight_seasons }} / nullif(sums.count_{{ eight_seasons }}, 0) as last_8_seasons_mean,
        sums.sum_last_year / nullif(sums.count_last_year, 0) as last_year_mean
    from sums

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
    cast(adjusted_mean_{{ window }} as float) as adjusted_mean_{{ window }},
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
