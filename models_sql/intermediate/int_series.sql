{{ config(materialized='table') }}
-- A table: every fact joins it, and its numbers must be the same in all of them.

with

keys as (

    select
        key_1,
        key_2,
        key_3,
        key_4,
        max(ds) as last_told_ds,
        max(ds) filter (where y is not null) as last_observed_ds
    from {{ canonical('observations') }}
    group by key_1, key_2, key_3, key_4

),

-- A series is what was observed, or what a planned row announces: one without a value after the last observation.
announced_or_observed_keys as (

    select keys.*
    from keys
    where
        keys.last_observed_ds is not null
        or keys.last_told_ds > (select max(every_key.last_observed_ds) from keys as every_key)

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
    from announced_or_observed_keys

)

select
    unique_id,
    cast(row_number() over (order by unique_id) as integer) as series_number,
    key_1,
    key_2,
    key_3,
    key_4
from named
