with

changes as (

    select
        unique_id,
        ds,
        {{ period_index('ds') }} as period_index,
        y,
        is_stockout,
        known_at,
        change,
        delivered_at
    from {{ ref('int_observation_changes') }}
    where delivered_at <= timestamp '{{ var('as_of') }}'

),

-- A delivery brings the next periods and may touch earlier ones; only the latter is a restatement.
deliveries as (

    select
        delivered_at,
        max(max(period_index) filter (where change <> 'removed')) over (
            order by delivered_at rows between unbounded preceding and 1 preceding
        ) as covered_before
    from changes
    group by delivered_at

),

restating_changes as (

    select
        changes.unique_id,
        changes.ds,
        changes.period_index,
        changes.change,
        changes.delivered_at
    from changes
    inner join deliveries on changes.delivered_at = deliveries.delivered_at
    where changes.period_index <= deliveries.covered_before

),

-- What was silent when a row came late: for counts nothing had happened then, a measurement was unknown.
silence_before as (

    select
        restating_changes.unique_id,
        restating_changes.ds,
        restating_changes.period_index
    from restating_changes
    inner join changes as earlier_changes
        on
            restating_changes.unique_id = earlier_changes.unique_id
            and restating_changes.delivered_at > earlier_changes.delivered_at
    where restating_changes.change = 'added'
    group by restating_changes.unique_id, restating_changes.ds, restating_changes.period_index
    having
        min(earlier_changes.period_index) < restating_changes.period_index
        and not bool_or(earlier_changes.period_index = restating_changes.period_index)

),

told_versions as (

    select
        changes.unique_id,
        changes.ds,
        changes.period_index,
        changes.is_stockout,
        changes.change,
        changes.delivered_at,
        changes.period_index <= deliveries.covered_before as is_restatement,
        case when changes.change = 'removed' then {{ silent_y() }} else changes.y end as y,
        greatest(
            {{ period_start('changes.period_index + 1') }},
            case
                when changes.period_index <= deliveries.covered_before then changes.delivered_at
                else changes.known_at
            end
        ) as known_at
    from changes
    inner join deliveries on changes.delivered_at = deliveries.delivered_at
    semi join restating_changes
        on
            changes.unique_id = restating_changes.unique_id
            and changes.ds = restating_changes.ds

),

every_version as (

    select
        unique_id,
        ds,
        y,
        is_stockout,
        known_at,
        change,
        is_restatement,
        delivered_at
    from told_versions
    union all
    select
        unique_id,
        ds,
        {{ silent_y() }} as y,
        false as is_stockout,
        {{ period_start('period_index + 1') }} as known_at,
        'silent' as change,
        false as is_restatement,
        null as delivered_at
    from silence_before

)

select
    unique_id,
    ds,
    {{ period_index('ds') }} as period_index,
    cast(row_number() over same_observation as integer) as version,
    y,
    coalesce(is_stockout, false) as is_stockout,
    known_at,
    lead(known_at) over same_observation as superseded_at,
    change,
    coalesce(is_restatement, false) as is_restatement,
    delivered_at
from every_version
window same_observation as (partition by unique_id, ds order by delivered_at nulls first)
