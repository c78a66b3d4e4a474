with

decisions as (

    select *
    from {{ ref('stg_forecasting__bias_decisions') }}

),

live_run as (

    select run_id
    from {{ ref('stg_forecasting__live_run') }}

)

select
    decisions.segment,
    decisions.cutoff,
    decisions.is_enabled,
    decisions.is_applied,
    decisions.kind,
    decisions.n_windows,
    decisions.reason,
    decisions.run_id,
    round(decisions.amount, 6) as amount,
    round(decisions.mean_bias, 6) as mean_bias,
    round(decisions.bias_before, 6) as bias_before,
    round(decisions.bias_after, 6) as bias_after
from decisions
inner join live_run on decisions.run_id = live_run.run_id
