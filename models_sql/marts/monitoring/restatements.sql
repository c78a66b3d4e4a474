with

restatements as (

    select * from {{ ref('int_restatements') }}

),

runs as (

    select
        run_id,
        as_of,
        cutoff
    from {{ ref('stg_forecasting__runs') }}

),

runs_that_saw_the_old_value as (

    select
        restatements.delivered_at,
        restatements.unique_id,
        restatements.ds,
        count(distinct runs.run_id) as n_runs,
        max(runs.cutoff) as last_cutoff
    from restatements
    inner join runs
        on
            restatements.delivered_at > runs.as_of
            and restatements.ds <= runs.cutoff
    group by restatements.delivered_at, restatements.unique_id, restatements.ds

)

select
    '{{ var('product') }}' as product,
    restatements.delivered_at,
    restatements.unique_id,
    restatements.ds,
    restatements.kind,
    restatements.old_y,
    restatements.new_y,
    coalesce(restatements.new_y, 0) - coalesce(restatements.old_y, 0) as delta,
    cast(coalesce(seen.n_runs, 0) as bigint) as n_runs,
    cast(seen.last_cutoff as {{ var('ds_type') }}) as last_cutoff
from restatements
left join runs_that_saw_the_old_value as seen
    on
        restatements.delivered_at = seen.delivered_at
        and restatements.unique_id = seen.unique_id
        and restatements.ds = seen.ds
