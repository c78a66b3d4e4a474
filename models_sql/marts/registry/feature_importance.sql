with

importance as (

    select
        model_version,
        feature,
        gain,
        rank
    from {{ ref('stg_forecasting__feature_importance') }}

)

select
    model_version,
    feature,
    gain,
    rank,
    round(gain / nullif(sum(gain) over (partition by model_version), 0), 6) as share_of_gain
from importance
