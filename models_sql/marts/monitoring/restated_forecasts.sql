with

restatements as (

    select * from {{ ref('int_restatements') }}

),

runs as (

    select
        run_id,
        as_of,
        cutoff
    from {{ ref('stg_forecasting__runs') }}

),

restated_inputs as (

    select
        runs.run_id,
        restatements.delivered_at,
        count(*) as n_inputs,
        count(distinct restatements.unique_id) as n_series,
        sum(abs(coalesce(restatements.new_y, 0) - coalesce(restatements.old_y, 0))) as absolute_change
    from runs
    inner join restatements
        on
            runs.as_of < restatements.delivered_at
            and runs.cutoff >= restatements.ds
    group by runs.run_id, restatements.delivered_at

),

restated_targets as (

    select
        runs.run_id,
        restatements.delivered_at,
        count(*) as n_targets,
        sum(abs(forecasts.yhat - restatements.old_y)) as absolute_error_as_known,
        sum(abs(forecasts.yhat - restatements.new_y)) as absolute_error_as_restated
    from runs
    inner join {{ ref('stg_forecasting__forecasts') }} as forecasts on runs.run_id = forecasts.run_id
    inner join {{ ref('stg_forecasting__model_choices') }} as choices
        on
            forecasts.run_id = choices.run_id
            and forecasts.unique_id = choices.unique_id
            and forecasts.cutoff = choices.cutoff
            and forecasts.model = choices.model
    inner join restatements
        on
            forecasts.unique_id = restatements.unique_id
            and forecasts.ds = restatements.ds
            and runs.as_of < restatements.delivered_at
    group by runs.run_id, restatements.delivered_at

)

select
    '{{ var('product') }}' as product,
    runs.run_id,
    runs.cutoff,
    coalesce(restated_inputs.delivered_at, restated_targets.delivered_at) as delivered_at,
    cast(coalesce(restated_inputs.n_inputs, 0) as bigint) as n_inputs,
    cast(coalesce(restated_inputs.n_series, 0) as bigint) as n_series,
    coalesce(restated_inputs.absolute_change, 0) as absolute_change,
    cast(coalesce(restated_targets.n_targets, 0) as bigint) as n_targets,
    restated_targets.absolute_error_as_known,
    restated_targets.absolute_error_as_restated
from restated_inputs
full outer join restated_targets
    on
        restated_inputs.run_id = restated_targets.run_id
        and restated_inputs.delivered_at = restated_targets.delivered_at
inner join runs on coalesce(restated_inputs.run_id, restated_targets.run_id) = runs.run_id
