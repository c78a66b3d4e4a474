{{ config(materialized='table') }}
-- A table: every fact joins it, and its numbers must be the same in all of them.

with

keys_with_an_observation as (

    select distinct
        key_1,
        key_2,
        key_3,
        key_4
    from {{ canonical('observations') }}
    where y is not null

),

named as (

    select
        key_1,
        key_2,
        key_3,
        key_4,
        -- A bar inside a key would let two series share one name; concat_ws leaves unused slots out.
        concat_ws(
            '|', replace(key_1, '|', '\|'), replace(key_2, '|', '\|'),
            replace(key_3, '|', '\|'), replace(key_4, '|', '\|')
        ) as unique_id
    from keys_with_an_observation

)

select
    unique_id,
    cast(row_number() over (order by unique_id) as integer) as series_number,
    key_1,
    key_2,
    key_3,
    key_4
from named
