{%- set further = ['version', 'valid_from', 'valid_to', 'valid_from_period', 'valid_to_period'] -%}
with

series as (

    select * from {{ ref('int_series') }}

),

history as (

    select * from {{ ref('dim_series_history') }}

),

described_series as (

    select
        series.unique_id,
        series.series_number,
        history.valid_from,
        history.valid_to,
        history.valid_from_period,
        history.valid_to_period,
        {%- for name in hierarchy_columns() %}
        {%- set source_column = 'history.' ~ adapter.quote(name) %}
        {%- if name in var('keys') %}
        {%- set source_column = 'series.key_' ~ (var('keys').index(name) + 1) %}
        {%- endif %}
        coalesce({{ source_column }}, '(unknown)') as {{ adapter.quote(name) }},
        {%- endfor %}
        coalesce(history.version, 1) as version
    from series
    left join history on series.series_number = history.series_number

),

levels as (

    {%- for level_columns in [[]] + var('hierarchy') %}
    {{ hierarchy_level('described_series', loop.index0, level_columns, further) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    node_id,
    level,
    cast(level_number as integer) as level_number,
    unique_id,
    series_number,
    cast(version as integer) as version,
    valid_from,
    valid_to,
    valid_from_period,
    valid_to_period
from levels
