{%- set horizon = var('horizon') | int -%}
{%- set n_samples = [var('horizons_per_origin') | int, horizon] | min -%}
with

cutoffs as (

    select
        cutoff_index,
        role
    from {{ ref('feature_cutoffs') }}

),

-- The horizon in equal parts, one sampled step from each: near and far steps are learned alike.
strata as (

    select
        parts.stratum,
        parts.stratum * {{ horizon }} // {{ n_samples }} as steps_before,
        (parts.stratum + 1) * {{ horizon }} // {{ n_samples }}
        - parts.stratum * {{ horizon }} // {{ n_samples }} as n_steps
    from range({{ n_samples }}) as parts (stratum)

)

select
    cutoffs.cutoff_index,
    cutoffs.role,
    strata.stratum,
    strata.steps_before,
    strata.n_steps,
    cast(null as bigint) as h
from cutoffs
cross join strata
where cutoffs.role = 'training'
union all
select
    cutoffs.cutoff_index,
    cutoffs.role,
    strata.stratum,
    strata.steps_before,
    strata.n_steps,
    unnest(range(strata.steps_before + 1, strata.steps_before + strata.n_steps + 1)) as h
from cutoffs
cross join strata
where cutoffs.role <> 'training'
