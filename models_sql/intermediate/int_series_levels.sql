{{ config(materialized='table') }}

-- Which node of every level of the hierarchy each series belongs to; the total is level 0.

with

series as (

    select * from {{ ref('int_series') }}

),

attributes as (

    select * from {{ ref('int_series_attributes') }}

),

described_series as (

    select
        series.unique_id,
        {%- for name in hierarchy_columns() %}
        {%- set source_column = 'attributes.' ~ adapter.quote(name) %}
        {%- if name in var('keys') %}
        {%- set source_column = 'series.key_' ~ (var('keys').index(name) + 1) %}
        {%- endif %}
        coalesce({{ source_column }}, '(unknown)') as {{ adapter.quote(name) }},
        {%- endfor %}
        series.series_number
    from series
    left join attributes on series.series_number = attributes.series_number

),

levels as (

    {%- for level_columns in [[]] + var('hierarchy') %}
    {{ hierarchy_level('described_series', loop.index0, level_columns) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select * from levels
