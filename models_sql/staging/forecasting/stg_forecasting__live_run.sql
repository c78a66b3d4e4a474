select run_id
from {{ source('forecasting', 'live_run') }}
