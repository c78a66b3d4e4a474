with

importance as (

    select *
    from {{ ref('stg_forecasting__feature_importance') }}

),

latest_version as (

    select arg_max(versions.model_version, (versions.generated_at, versions.model_version)) as model_version
    from {{ ref('stg_forecasting__model_versions') }} as versions

),

feature_columns as (

    select
        feature,
        kind
    from {{ ref('feature_columns') }}

)

select
    cast(null as varchar) as series,
    importance.rank,
    importance.feature as feature_name,
    importance.gain / sum(importance.gain) over () as importance_score,
    case when feature_columns.kind in ('driver', 'calendar') then 'user_provided' else 'derived_from_endogenous' end
        as feature_type
from importance
inner join latest_version on importance.model_version = latest_version.model_version
left join feature_columns on importance.feature = feature_columns.feature
