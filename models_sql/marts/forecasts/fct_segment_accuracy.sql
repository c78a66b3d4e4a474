{%- set kinds_at_cutoff = ['demand_class', 'velocity', 'tail'] + (['price_tier'] if var('unit_value') else []) -%}
with

series_accuracy as (

    select *
    from {{ ref('fct_series_accuracy') }}

),

bottom_series as (

    select *
    from series_accuracy
    where level = 'bottom'

),

kinds as (

    select *
    from {{ ref('int_series_kinds') }}

),

origins as (

    select
        unique_id,
        cutoff,
        attributes_version
    from {{ ref('int_series_scales') }}

),

-- Version 0: keys, which have no versions. Conditions are equalities only: with any other one an outer join compares
-- every row with every row (measured: 30,490 series did not end in minutes).
fixed_segments as (

    select
        unique_id,
        segment_name,
        segment_value,
        is_in_force,
        coalesce(attributes_version, 0) as version
    from {{ ref('int_series_segments') }}
    where segment_name not in ('level', 'demand_class', 'status')

),

fixed_names as (

    select
        fixed_segments.segment_name,
        max(fixed_segments.version) > 0 as has_versions
    from fixed_segments
    group by fixed_segments.segment_name

),

versions_in_force as (

    select
        fixed_segments.unique_id,
        max(fixed_segments.version) as version
    from fixed_segments
    where fixed_segments.is_in_force
    group by fixed_segments.unique_id

),

metrics_of_windows as (

    select
        model,
        cutoff,
        segment_name,
        segment_value,
        h_bucket,
        metric,
        value,
        n,
        n_series
    from {{ ref('fct_backtest_metrics') }}
    where cutoff is not null

),

-- What kind of series it was is told as seen from the cutoff; a series without a value is a part of its own, so that
-- the parts of every name add up to all forecasts.
members as (

    select
        bottom_series.*,
        fixed_names.segment_name,
        coalesce(fixed_segments.segment_value, 'none') as segment_value
    from bottom_series
    cross join fixed_names
    left join origins
        on
            bottom_series.unique_id = origins.unique_id
            and bottom_series.cutoff = origins.cutoff
    left join versions_in_force on bottom_series.unique_id = versions_in_force.unique_id
    left join fixed_segments
        on
            bottom_series.unique_id = fixed_segments.unique_id
            and fixed_names.segment_name = fixed_segments.segment_name
            and fixed_segments.version = case
                when fixed_names.has_versions then coalesce(origins.attributes_version, versions_in_force.version)
                else 0
            end
    union all
    select
        bottom_series.*,
        'age' as segment_name,
        coalesce(bottom_series.age, 'none') as segment_value
    from bottom_series
    {%- for kind in kinds_at_cutoff %}
    union all
    select
        bottom_series.*,
        '{{ kind }}' as segment_name,
        coalesce(kinds.{{ kind }}, 'none') as segment_value
    from bottom_series
    left join kinds
        on
            bottom_series.unique_id = kinds.unique_id
            and bottom_series.cutoff = kinds.cutoff
    {%- endfor %}
    union all
    select
        series_accuracy.*,
        'level' as segment_name,
        coalesce(series_accuracy.level, 'none') as segment_value
    from series_accuracy

),

-- Amounts of four decimals add up to halves of a cent: in decimals the sum, and so its rounding, is the same each time.
windows_by_kind as (

    select
        members.model,
        members.cutoff,
        members.segment_name,
        members.segment_value,
        cast(sum(members.n) as bigint) as n,
        count(*) as n_series,
        {{ exact_sum('members.absolute_error') }} / sum(members.n) as mae,
        {{ exact_sum('members.absolute_error') }} / nullif({{ exact_sum('members.absolute_y') }}, 0) as wape,
        {{ exact_sum('members.error') }} / nullif({{ exact_sum('members.absolute_y') }}, 0) as bias,
        {{ exact_sum('members.absolute_error_value') }} as absolute_error_value,
        {{ exact_sum('members.error_value') }} as error_value,
        {{ exact_sum('members.absolute_error_value') }}
        / nullif({{ exact_sum('members.absolute_y_value') }}, 0) as wape_by_value
    from members
    group by members.model, members.cutoff, members.segment_name, members.segment_value

),

windows_by_period as (

    select
        metrics_of_windows.model,
        metrics_of_windows.cutoff,
        case
            when metrics_of_windows.h_bucket = 'all' then metrics_of_windows.segment_name
            else 'h_bucket'
        end as segment_name,
        case
            when metrics_of_windows.h_bucket = 'all' then metrics_of_windows.segment_value
            else metrics_of_windows.h_bucket
        end as segment_value,
        max(metrics_of_windows.n) as n,
        max(metrics_of_windows.n_series) as n_series,
        max(case when metrics_of_windows.metric = 'mae' then metrics_of_windows.value end) as mae,
        max(case when metrics_of_windows.metric = 'wape' then metrics_of_windows.value end) as wape,
        max(case when metrics_of_windows.metric = 'bias' then metrics_of_windows.value end) as bias,
        cast(null as double) as absolute_error_value,
        cast(null as double) as error_value,
        cast(null as double) as wape_by_value
    from metrics_of_windows
    where
        metrics_of_windows.metric in ('mae', 'wape', 'bias')
        and (
            metrics_of_windows.segment_name in ('h', 'day_of_week', 'hour_of_day', 'stockout', 'month_end', 'event')
            or (metrics_of_windows.segment_name = 'overall' and metrics_of_windows.h_bucket <> 'all')
        )
    group by
        metrics_of_windows.model,
        metrics_of_windows.cutoff,
        metrics_of_windows.segment_name,
        metrics_of_windows.segment_value,
        metrics_of_windows.h_bucket

),

every_window as (

    select * from windows_by_kind
    union all
    select * from windows_by_period

),

means as (

    select
        every_window.model,
        every_window.segment_name,
        every_window.segment_value,
        cast(sum(every_window.n) as bigint) as n,
        cast(count(*) as integer) as n_windows,
        max(every_window.n_series) as n_series,
        favg(every_window.mae) as mae,
        favg(every_window.wape) as wape,
        favg(every_window.bias) as bias,
        stddev_samp(every_window.bias) as bias_std,
        min(every_window.bias) as lowest_bias,
        max(every_window.bias) as highest_bias,
        {{ exact_sum('every_window.absolute_error_value') }} as absolute_error_value,
        {{ exact_sum('every_window.error_value') }} as error_value,
        favg(every_window.wape_by_value) as wape_by_value
    from every_window
    group by every_window.model, every_window.segment_name, every_window.segment_value

),

baseline as (

    select
        segment_name,
        segment_value,
        wape as seasonal_naive_wape
    from means
    where model = 'seasonal_naive'

),

judged as (

    select
        means.model,
        means.segment_name,
        means.segment_value,
        means.n,
        means.n_series,
        means.n_windows,
        baseline.seasonal_naive_wape,
        means.mae,
        means.wape,
        means.bias,
        means.absolute_error_value,
        means.error_value,
        means.wape_by_value,
        means.n >= 10 or means.segment_name = 'overall' as is_enough,
        -- Systematic: large, on the same side in every window, and beyond what windows differ by chance.
        abs(means.bias) >= {{ var('max_segment_bias') }}
        and (means.lowest_bias > 0 or means.highest_bias < 0)
        and abs(means.bias) > 2 * means.bias_std / sqrt(means.n_windows) as is_biased
    from means
    left join baseline
        on
            means.segment_name = baseline.segment_name
            and means.segment_value = baseline.segment_value

)

select
    model,
    segment_name,
    segment_value,
    n,
    n_series,
    n_windows,
    case when is_enough then round(mae, 6) end as mae,
    case when is_enough then round(wape, 6) end as wape,
    case when is_enough then round(bias, 6) end as bias,
    case when is_enough and n_windows > 1 then coalesce(is_biased, false) end as is_biased,
    case when is_enough then round(seasonal_naive_wape, 6) end as seasonal_naive_wape,
    case when is_enough then round(absolute_error_value, 2) end as absolute_error_value,
    case when is_enough then round(error_value, 2) end as error_value,
    case when is_enough then round(wape_by_value, 6) end as wape_by_value,
    case
        when not is_enough then 'fewer than 10 forecasts'
        when n_windows = 1 then 'one window says nothing about systematic bias'
    end as note
from judged
