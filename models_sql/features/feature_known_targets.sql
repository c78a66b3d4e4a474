{{ config(enabled=var('as_known_then'), materialized='view') }}
with

cutoffs as (

    select
        cutoff,
        cutoff_index
    from {{ ref('feature_cutoffs') }}
    where role in ('backtest', 'calibration')

),

live_cutoff as (

    select cutoff_index as live_index
    from {{ ref('feature_cutoffs') }}
    where role = 'live'

),

versions as (

    select * from {{ ref('feature_versions') }}

)

-- `features` has the version of the live cutoff.
select
    cutoffs.cutoff,
    versions.series_number,
    versions.ds,
    versions.is_stockout,
    case when not versions.is_imputed then versions.y end as y
from cutoffs
inner join versions
    on
        cutoffs.cutoff_index >= versions.period_index
        and cutoffs.cutoff_index >= versions.known_index
        and (versions.superseded_index is null or cutoffs.cutoff_index < versions.superseded_index)
cross join live_cutoff
where versions.superseded_index <= live_cutoff.live_index
