with

rules as (

    select *
    from {{ ref('alert_rules') }}

),

live_cutoff as (

    select cutoff
    from {{ ref('feature_cutoffs') }}
    where role = 'live'

),

latest_checks as (

    select checks.*
    from {{ ref('checks') }} as checks
    inner join {{ ref('stg_forecasting__live_run') }} as live_run on checks.run_id = live_run.run_id

),

failed_checks as (

    select
        case when latest_checks.severity = 'block' then 'failed_critical_check' else 'failed_warning_check' end
            as rule_id,
        latest_checks.check_name as subject,
        'overall' as segment_name,
        'all' as segment_value,
        latest_checks.observed,
        cast(null as double) as baseline,
        true as is_sustained,
        latest_checks.detail,
        cast(null as varchar) as owner
    from latest_checks
    where not latest_checks.passed and latest_checks.severity <> 'info'

),

stale as (

    select
        case freshness.subject
            when 'series' then 'stale_series'
            when 'delivery' then 'late_delivery'
            else 'stale_forecast'
        end as rule_id,
        coalesce(freshness.entity, freshness.subject) as subject,
        'overall' as segment_name,
        'all' as segment_value,
        case freshness.subject
            when 'series' then avg(cast(freshness.is_stale as integer))
            when 'delivery' then max(freshness.minutes_late)
            else max(freshness.periods_behind)
        end as observed,
        cast(null as double) as baseline,
        true as is_sustained,
        cast(null as varchar) as detail,
        -- Who answers for the entity by its contract hears of it, whoever owns the rule.
        any_value(freshness.owner) as owner
    from {{ ref('freshness') }} as freshness
    group by freshness.subject, freshness.entity

),

drifted as (

    select
        'sustained_drift' as rule_id,
        drift.subject,
        drift.segment_name,
        drift.segment_value,
        drift.psi as observed,
        cast(null as double) as baseline,
        drift.is_sustained,
        'against ' || drift.reference as detail,
        cast(null as varchar) as owner
    from {{ ref('drift') }} as drift
    where drift.verdict = 'significant'

),

live_accuracy as (

    select
        accuracy.segment_name,
        accuracy.segment_value,
        accuracy.metric,
        max(case when accuracy.model = 'served' and accuracy."window" = 'last_4_seasons' then accuracy.value end)
            as served,
        max(case when accuracy.model = 'served' and accuracy."window" = 'last_season' then accuracy.value end)
            as served_last_season,
        max(
            case when accuracy.model = 'seasonal_naive' and accuracy."window" = 'last_4_seasons' then accuracy.value end
        )
            as naive,
        max(case when accuracy.model = 'seasonal_naive' and accuracy."window" = 'last_season' then accuracy.value end)
            as naive_last_season
    from {{ ref('fct_accuracy') }} as accuracy
    where accuracy.metric in ('wape', 'mape', 'bias')
    group by accuracy.segment_name, accuracy.segment_value, accuracy.metric

),

backtest as (

    select
        metrics.metric,
        metrics.value
    from {{ ref('fct_backtest_metrics') }} as metrics
    where
        metrics.model = 'served'
        and metrics.cutoff is null
        and metrics.segment_name = 'overall'
        and metrics.h_bucket = 'all'

),

-- What the rule looks at, over four seasons and over the last one: both must be beyond the limit to last.
degradations as (

    select
        rules.rule_id,
        live_accuracy.metric as subject,
        live_accuracy.segment_name,
        live_accuracy.segment_value,
        case rules.comparison
            when 'relative_increase' then live_accuracy.served / nullif(backtest.value, 0) - 1
            when 'absolute_increase' then live_accuracy.served - backtest.value
            when 'above_baseline' then live_accuracy.served - live_accuracy.naive
            when 'absolute_above' then abs(live_accuracy.served)
        end as observed,
        case rules.comparison
            when 'above_baseline' then live_accuracy.naive
            else backtest.value
        end as baseline,
        case rules.comparison
            when 'relative_increase' then live_accuracy.served_last_season / nullif(backtest.value, 0) - 1
            when 'absolute_increase' then live_accuracy.served_last_season - backtest.value
            when 'above_baseline' then live_accuracy.served_last_season - live_accuracy.naive_last_season
            when 'absolute_above' then abs(live_accuracy.served_last_season)
        end > rules.threshold as is_sustained,
        cast(null as varchar) as detail,
        cast(null as varchar) as owner
    from live_accuracy
    inner join rules on live_accuracy.metric = rules.metric
    left join backtest on live_accuracy.metric = backtest.metric
    where live_accuracy.segment_name = 'overall' or rules.comparison = 'absolute_above'

),

findings as (

    select * from failed_checks
    union all
    select * from stale
    union all
    select * from drifted
    union all
    select * from degradations

)

select
    live_cutoff.cutoff,
    findings.rule_id,
    rules.layer,
    findings.subject,
    findings.segment_name,
    findings.segment_value,
    findings.observed,
    findings.baseline,
    rules.threshold,
    findings.is_sustained,
    rules.runbook,
    coalesce(findings.owner, rules.owner) as owner,
    md5(
        findings.rule_id || '|' || findings.subject || '|' || findings.segment_name || '|' || findings.segment_value
        || '|' || live_cutoff.cutoff || '|' || coalesce(findings.detail, '')
    ) as alert_id,
    -- Only what lasts may page; the rest is for the dashboard.
    case when findings.is_sustained then rules.tier else 'info' end as tier,
    findings.observed - rules.threshold as delta,
    rules.description || coalesce(': ' || findings.detail, '') as message
from findings
inner join rules on findings.rule_id = rules.rule_id
cross join live_cutoff
where rules.comparison = 'failed' or findings.observed > rules.threshold
