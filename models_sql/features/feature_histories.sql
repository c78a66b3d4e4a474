with

observations as (

    select
        series_number,
        period_index,
        y,
        is_stockout,
        is_imputed
    from {{ ref('fct_observations') }}

)

select
    observations.series_number as history_number,
    observations.period_index,
    -- What was sold while the shelf was empty says nothing about demand: unknown, not low. Nor does an imputed value.
    case when not observations.is_stockout and not observations.is_imputed then observations.y end as demand
from observations
where observations.period_index <= (
    select cutoffs.cutoff_index
    from {{ ref('feature_cutoffs') }} as cutoffs
    where cutoffs.role = 'live'
)
