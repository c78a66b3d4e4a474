-- Splits by what the series are: every scored forecast of a bottom series is in exactly one part.

with

segments as (

    select
        model,
        segment_name,
        n
    from {{ ref('fct_segment_accuracy') }}
    where segment_name not in (
        'overall', 'level', 'stockout', 'month_end', 'event', 'h', 'h_bucket', 'day_of_week', 'hour_of_day'
    )

),

evaluated as (

    select
        model,
        n
    from {{ ref('fct_segment_accuracy') }}
    where segment_name = 'overall'

),

parts as (

    select
        segments.model,
        segments.segment_name,
        sum(segments.n) as n
    from segments
    group by segments.model, segments.segment_name

)

select
    parts.model,
    parts.segment_name,
    parts.n as n_in_parts,
    evaluated.n as n_evaluated
from parts
left join evaluated on parts.model = evaluated.model
where parts.n is distinct from evaluated.n
