with

adjustments as (

    select
        *,
        left(md5(_delivery_id || '|' || _source_file || '|' || _row_number), 12) as adjustment_id
    from {{ ref('stg_adjustments__adjustments') }}

),

live_cutoff as (

    select cutoff
    from {{ ref('feature_cutoffs') }}
    where role = 'live'

),

live_run as (

    select run_id
    from {{ ref('stg_forecasting__live_run') }}

),

served as (

    select forecasts.*
    from {{ ref('fct_forecasts') }} as forecasts
    inner join live_cutoff on forecasts.cutoff = live_cutoff.cutoff
    where forecasts.is_served

),

covered as (

    select
        adjustments.*,
        served.ds,
        served.model,
        served.yhat,
        row_number() over (
            partition by served.unique_id, served.ds
            order by adjustments.decided_at desc, adjustments._as_of desc, adjustments.adjustment_id asc
        ) as recency
    from adjustments
    left join served
        on
            adjustments.unique_id = served.unique_id
            and served.ds between adjustments.first_ds and adjustments.last_ds

),

computed as (

    select
        covered.*,
        case covered.kind
            when 'add' then covered.yhat + covered.amount
            when 'multiply' then covered.yhat * covered.amount
            when 'set' then covered.amount
        end as computed_yhat
    from covered

)

select
    computed.adjustment_id,
    computed.unique_id,
    live_cutoff.cutoff,
    computed.ds,
    live_run.run_id,
    computed.model,
    computed.yhat,
    {%- if var('allow_negative') %}
    case when computed.ds is not null then computed.computed_yhat end as yhat_adjusted,
    {%- else %}
    case when computed.ds is not null then greatest(computed.computed_yhat, 0) end as yhat_adjusted,
    {%- endif %}
    case
        when computed.ds is null then 'no_forecast'
        when computed.recency = 1 then 'applied'
        else 'superseded'
    end as status,
    computed.kind,
    computed.amount,
    computed.author,
    computed.reason,
    computed.decided_at,
    computed._delivery_id as delivery_id,
    computed._as_of as delivered_at,
    computed._source_file as source_file,
    cast(computed._row_number as bigint) as row_number
from computed
cross join live_cutoff
cross join live_run
