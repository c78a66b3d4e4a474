select
    run_id,
    trial,
    source,
    tuning_window,
    parameters,
    wape,
    note,
    is_chosen
from {{ source('forecasting', 'trials') }}
