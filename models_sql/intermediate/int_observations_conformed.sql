{{ config(materialized='table') }}
-- A table: read four times below, and at 59 M rows each reading would parse, judge and join the raw text again.

with

observations as (

    select * from {{ canonical('observations') }}

),

series as (

    select * from {{ ref('int_series') }}

)

select
    series.series_number,
    {{ period_index('observations.ds') }} as period_index,
    observations.y,
    observations.is_stockout,
    observations.is_outlier,
    observations.known_at,
    observations.n_readings
from observations
inner join series
    on {{ same_key('observations', 'series') }}
{%- if var('history_start') %}
where observations.ds >= cast('{{ var('history_start') }}' as {{ var('ds_type') }})
{%- endif %}
