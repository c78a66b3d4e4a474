{{ config(materialized='table') }}
-- A table: small, and read by every mart that follows a restatement.

with

versions as (

    select
        unique_id,
        ds,
        period_index,
        version,
        y,
        change,
        is_restatement,
        delivered_at,
        known_at,
        lag(y) over same_observation as old_y,
        lag(known_at) over same_observation as old_known_at
    from {{ ref('fct_observation_versions') }}
    window same_observation as (partition by unique_id, ds order by version)

),

series_first_told as (

    select
        unique_id,
        min(delivered_at) as delivered_at
    from {{ ref('int_observation_changes') }}
    group by unique_id

),

restating_versions as (

    select
        versions.unique_id,
        versions.ds,
        versions.period_index,
        versions.old_y,
        versions.y as new_y,
        versions.old_known_at,
        versions.known_at,
        versions.change,
        versions.delivered_at,
        versions.version = 1 as is_first_told,
        series_first_told.delivered_at = versions.delivered_at as is_new_series
    from versions
    inner join series_first_told on versions.unique_id = series_first_told.unique_id
    where versions.is_restatement

),

-- The same amount leaves one series and appears in another: it was booked elsewhere, nothing else happened.
moved_amounts as (

    select
        delivered_at,
        ds,
        amount
    from (
        select
            delivered_at,
            ds,
            'left' as direction,
            old_y as amount
        from restating_versions
        where change = 'removed'
        union all
        select
            delivered_at,
            ds,
            'came' as direction,
            new_y as amount
        from restating_versions
        where change = 'added'
    ) as moves
    where amount <> 0
    group by delivered_at, ds, amount
    having count(*) filter (where direction = 'left') = count(*) filter (where direction = 'came')

)

select
    restating_versions.delivered_at,
    restating_versions.unique_id,
    restating_versions.ds,
    restating_versions.period_index,
    restating_versions.old_y,
    restating_versions.new_y,
    restating_versions.old_known_at,
    restating_versions.known_at,
    case
        when moved_amounts.amount is not null then 'reclassification'
        when restating_versions.is_new_series then 'new_series'
        when restating_versions.is_first_told then 'older_history'
        when restating_versions.change = 'added' then 'late_arrival'
        when restating_versions.change = 'removed' then 'deletion'
        when restating_versions.new_y > restating_versions.old_y then 'correction_up'
        when restating_versions.new_y < restating_versions.old_y then 'correction_down'
        else 'stock_flag'
    end as kind
from restating_versions
left join moved_amounts
    on
        restating_versions.delivered_at = moved_amounts.delivered_at
        and restating_versions.ds = moved_amounts.ds
        and moved_amounts.amount = case restating_versions.change
            when 'removed' then restating_versions.old_y
            when 'added' then restating_versions.new_y
        end
