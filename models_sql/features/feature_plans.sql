with

observations as (

    select count(*) as n
    from {{ ref('fct_observations') }}

),

drivers as (

    select count(*) as n
    from {{ ref('fct_drivers') }}
    where period_index <= (
        select cutoffs.cutoff_index
        from {{ ref('feature_cutoffs') }} as cutoffs
        where cutoffs.role = 'live'
    )

)

-- A source that lists every period and lacks one does not know; a source that lists events only means: none.
select
    cast(case when drivers.n < 0.5 * observations.n then 0 end as integer) as missing_driver_state,
    drivers.n >= 0.5 * observations.n as lists_every_period
from drivers
cross join observations
