{%- set windows = feature_windows() -%}
with

origins as (

    select
        history_number,
        cutoff_index,
        rolling_mean_{{ windows[0] }} as short_level,
        rolling_mean_{{ windows[2] }} as level,
        -- Series younger than a year would bend the comparison with last year.
        case when last_year_mean is not null then rolling_mean_{{ windows[2] }} end as comparable_level,
        last_year_mean
    from {{ ref('feature_origins') }}

),

series as (

    select
        {%- for group in feature_groups() %}
        {{ group }},
        {%- endfor %}
        series_number
    from {{ ref('feature_series') }}

),

members as (

    select
        'all_series' as group_name,
        cast(0 as integer) as group_code,
        origins.cutoff_index,
        origins.short_level,
        origins.level,
        origins.comparable_level,
        origins.last_year_mean
    from origins
    {%- for group in feature_groups() %}
    union all
    select
        '{{ group }}' as group_name,
        cast(series.{{ group }} as integer) as group_code,
        origins.cutoff_index,
        origins.short_level,
        origins.level,
        origins.comparable_level,
        origins.last_year_mean
    from origins
    inner join series on {{ feature_series_of('origins.history_number') }} = series.series_number
    where series.{{ group }} is not null
    {%- endfor %}

),

averaged as (

    select
        members.group_name,
        members.group_code,
        members.cutoff_index,
        favg(members.level) as level,
        favg(members.short_level) as short_level,
        favg(members.comparable_level) as comparable_level,
        favg(members.last_year_mean) as last_year_level
    from members
    group by members.group_name, members.group_code, members.cutoff_index

)

select
    group_name,
    group_code,
    cutoff_index,
    cast(level as float) as group_mean,
    cast({{ feature_ratio('short_level', 'level') }} as float) as group_trend,
    cast({{ feature_ratio('comparable_level', 'last_year_level') }} as float) as group_year_over_year
from averaged
