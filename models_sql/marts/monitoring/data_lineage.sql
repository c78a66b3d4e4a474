with

inputs as (

    select *
    from {{ ref('stg_forecasting__run_inputs') }}

),

runs as (

    select *
    from {{ ref('stg_forecasting__runs') }}

),

stages as (

    select
        run_id,
        max(case when stage = 'features' then version end) as features_version,
        max(case when stage = 'clean' then version end) as clean_version
    from inputs
    group by run_id

)

select
    inputs.run_id,
    runs.cutoff,
    stages.features_version,
    stages.clean_version,
    inputs.name as raw_table,
    inputs.version as delivery_id,
    inputs.delivered_at,
    inputs.n_rows,
    inputs.digest,
    runs.config_hash,
    runs.code_version,
    'raw-' || runs.data_hash as raw_version
from inputs
inner join runs on inputs.run_id = runs.run_id
inner join stages on inputs.run_id = stages.run_id
where inputs.stage = 'raw'
