with

segments as (

    select
        model,
        segment_name,
        segment_value,
        wape,
        is_biased
    from {{ ref('fct_segment_accuracy') }}
    where wape is not null and segment_name not in ('overall', 'level')

),

extremes as (

    select
        segments.model,
        segments.segment_name,
        count(*) as n_segments,
        count(*) filter (where segments.is_biased) as n_biased,
        arg_min(segments.segment_value, (segments.wape, segments.segment_value)) as best_segment,
        min(segments.wape) as min_wape,
        arg_max(segments.segment_value, (segments.wape, segments.segment_value)) as worst_segment,
        max(segments.wape) as max_wape
    from segments
    group by segments.model, segments.segment_name

)

select
    model,
    segment_name,
    n_segments,
    n_biased,
    best_segment,
    min_wape,
    worst_segment,
    max_wape,
    round(max_wape / nullif(min_wape, 0), 6) as ratio,
    cast({{ var('max_segment_ratio') }} as double) as max_ratio,
    coalesce(max_wape <= {{ var('max_segment_ratio') }} * min_wape, false) as is_within_limit
from extremes
where n_segments > 1
