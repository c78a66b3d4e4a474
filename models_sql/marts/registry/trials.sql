with

trials as (

    select
        run_id,
        trial,
        source,
        tuning_window,
        parameters,
        wape,
        note,
        is_chosen
    from {{ ref('stg_forecasting__trials') }}

)

select
    run_id,
    trial,
    source,
    tuning_window,
    parameters,
    wape,
    note,
    is_chosen
from trials
