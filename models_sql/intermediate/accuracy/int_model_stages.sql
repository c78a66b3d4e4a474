with

versions as (

    select model_version
    from {{ ref('stg_forecasting__model_versions') }}

),

promotions as (

    select
        model_version,
        to_stage,
        decided_at,
        decision_id
    from {{ ref('stg_forecasting__promotions') }}

),

-- The last decision counts; a version without one is a candidate.
last_decisions as (

    select
        promotions.model_version,
        arg_max(promotions.to_stage, (promotions.decided_at, promotions.decision_id)) as stage,
        max(promotions.decided_at) as decided_at
    from promotions
    group by promotions.model_version

)

select
    versions.model_version,
    last_decisions.decided_at,
    coalesce(last_decisions.stage, 'Candidate') as stage
from versions
left join last_decisions on versions.model_version = last_decisions.model_version
