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
