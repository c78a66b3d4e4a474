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
        series.series_number,
        {%- for name in hierarchy_columns() %}
        {%- if name in var('keys') %}
        coalesce(series.key_{{ var('keys').index(name) + 1 }}, '(unknown)') as {{ adapter.quote(name) }}
        {%- else %}
        coalesce(attributes.{{ adapter.quote(name) }}, '(unknown)') as {{ adapter.quote(name) }}
        {%- endif %},
        {%- endfor %}
        'total' as total_id
    from series
    left join attributes on series.series_number = attributes.series_number

)

select
    unique_id,
    series_number,
    0 as level_number,
    'total' as level,
    total_id as node_id,
    {%- for name in hierarchy_columns() %}
    cast(null as varchar) as {{ adapter.quote(name) }}{{ ',' if not loop.last }}
    {%- endfor %}
from described_series
{%- for level_columns in var('hierarchy') %}
union all
select
    unique_id,
    series_number,
    {{ loop.index }} as level_number,
    '{{ level_columns | join('/') }}' as level,
    {%- for name in level_columns %}
    {{ "|| '|' || " if not loop.first }}'{{ name }}=' || {{ adapter.quote(name) }}
    {%- endfor %} as node_id,
    {%- for name in hierarchy_columns() %}
    {{ adapter.quote(name) if name in level_columns else 'null' }} as {{ adapter.quote(name) }}{{ ',' if not loop.last }}
    {%- endfor %}
from described_series
{%- endfor %}
