with

levels as (

    select * from {{ ref('int_series_levels') }}

)

select
    node_id,
    level,
    cast(level_number as integer) as level_number,
    unique_id,
    series_number
from levels
