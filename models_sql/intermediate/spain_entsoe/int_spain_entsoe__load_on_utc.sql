-- Load with the UTC hour it belongs to; the hour that the clock skips in spring has none.

with

load_readings as (

    select * from {{ ref('stg_spain_entsoe__load') }}

)

select
    load_mw,
    operator_forecast_mw,
    local_started_at,
    occurrence,
    parse_error,
    _delivery_id,
    _as_of,
    _source_file,
    _row_number,
    {{ instant_of_local_time('local_started_at', 'occurrence', 'Europe/Madrid') }} as started_at
from load_readings
