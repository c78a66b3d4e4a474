select
    model_version,
    model,
    run_id,
    cutoff,
    as_of,
    n_rows,
    n_series,
    feature_schema_hash,
    parameters,
    sha256,
    bundle,
    code_version,
    generated_at
from {{ source('forecasting', 'model_versions') }}
-- Two runs may train the same bytes: a version is of the run that made it first.
qualify row_number() over (partition by model_version order by generated_at, run_id) = 1
