with

demands as (

    select
        history_number,
        period_index,
        demand,
        cell
    from {{ ref('feature_demand') }}
    where demand is not null and cell is not null

),

snapshots as (

    select
        period_index,
        counts_in_snapshot,
        known_snapshot
    from {{ ref('feature_snapshots') }}

),

-- Every period counts from the first snapshot on that may see it.
between_snapshots as (

    select
        demands.history_number,
        demands.cell,
        snapshots.counts_in_snapshot as snapshot_number,
        {{ exact_sum('demands.demand') }} as total,
        count(*) as n
    from demands
    inner join snapshots on demands.period_index = snapshots.period_index
    group by demands.history_number, demands.cell, snapshots.counts_in_snapshot

),

last_snapshot as (

    select max(snapshots.known_snapshot) as snapshot_number
    from snapshots

),

first_seen as (

    select
        between_snapshots.history_number,
        between_snapshots.cell,
        min(between_snapshots.snapshot_number) as snapshot_number
    from between_snapshots
    group by between_snapshots.history_number, between_snapshots.cell

),

every_snapshot as (

    select
        first_seen.history_number,
        first_seen.cell,
        unnest(range(first_seen.snapshot_number, last_snapshot.snapshot_number + 1)) as snapshot_number
    from first_seen
    cross join last_snapshot

),

to_date as (

    select
        every_snapshot.history_number,
        every_snapshot.cell,
        every_snapshot.snapshot_number,
        sum(coalesce(between_snapshots.total, 0)) over so_far as total,
        sum(coalesce(between_snapshots.n, 0)) over so_far as n
    from every_snapshot
    left join between_snapshots
        on
            every_snapshot.history_number = between_snapshots.history_number
            and every_snapshot.cell = between_snapshots.cell
            and every_snapshot.snapshot_number = between_snapshots.snapshot_number
    window so_far as (
        partition by every_snapshot.history_number, every_snapshot.cell
        order by every_snapshot.snapshot_number
        rows between unbounded preceding and current row
    )

),

levels as (

    select
        to_date.history_number,
        to_date.snapshot_number,
        sum(to_date.total) / sum(to_date.n) as level
    from to_date
    group by to_date.history_number, to_date.snapshot_number

),

own_effects as (

    select
        to_date.history_number,
        to_date.cell,
        to_date.snapshot_number,
        to_date.n,
        to_date.total / levels.level as relative_total
    from to_date
    inner join levels
        on
            to_date.history_number = levels.history_number
            and to_date.snapshot_number = levels.snapshot_number
    -- A share of a level needs a level above zero.
    where levels.level > 0

),

{% if var('as_known_then') -%}
cutoffs as (

    select cutoff_index
    from {{ ref('feature_cutoffs') }}

),

-- All series together are pooled as they were known at the first cutoff that uses the snapshot.
used_at as (

    select
        known_from.snapshot_number,
        min(cutoffs.cutoff_index) as cutoff_index
    from (
        select
            snapshots.known_snapshot as snapshot_number,
            min(snapshots.period_index) as effective_index
        from snapshots
        group by snapshots.known_snapshot
    ) as known_from
    inner join cutoffs on known_from.effective_index <= cutoffs.cutoff_index
    group by known_from.snapshot_number

),

pooled_histories as (

    select
        own_effects.cell,
        own_effects.snapshot_number,
        own_effects.relative_total,
        own_effects.n
    from own_effects
    inner join used_at on own_effects.snapshot_number = used_at.snapshot_number
    inner join {{ ref('feature_known_histories') }} as histories
        on
            own_effects.history_number = histories.history_number
            and used_at.cutoff_index between histories.first_cutoff_index and histories.last_cutoff_index

),

pooled_effects as (

    select
        pooled_histories.cell,
        pooled_histories.snapshot_number,
        fsum(pooled_histories.relative_total) / sum(pooled_histories.n) as pooled_effect
    from pooled_histories
    group by pooled_histories.cell, pooled_histories.snapshot_number

)

{% else -%}
pooled_effects as (

    select
        own_effects.cell,
        own_effects.snapshot_number,
        fsum(own_effects.relative_total) / sum(own_effects.n) as pooled_effect
    from own_effects
    group by own_effects.cell, own_effects.snapshot_number

)

{% endif -%}
-- What a series shows itself counts as much as its observations, what all series show together as four more.
select
    own_effects.history_number,
    own_effects.cell,
    own_effects.snapshot_number,
    cast(
        (own_effects.relative_total + 4 * pooled_effects.pooled_effect) / (own_effects.n + 4) as float
    ) as cell_effect
from own_effects
inner join pooled_effects
    on
        own_effects.cell = pooled_effects.cell
        and own_effects.snapshot_number = pooled_effects.snapshot_number
union all
select
    0 as history_number,
    pooled_effects.cell,
    pooled_effects.snapshot_number,
    cast(pooled_effects.pooled_effect as float) as cell_effect
from pooled_effects
