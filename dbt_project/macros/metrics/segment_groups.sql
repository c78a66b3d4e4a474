{#-
    CTEs for adding up series that share all their segments at a cutoff: numbered_series has the group of each series
    and cutoff, segments_of_groups the segments of each group. A group is added up once
    and then counted in each of its segments: 30,490 series of ten stores and seven departments are seventy groups.
    scales: CTE with unique_id, cutoff and attributes_version.
-#}
{%- macro segment_groups(scales) -%}
segments as (

    select
        unique_id,
        attributes_version,
        segment_name,
        segment_value
    from {{ ref('int_series_segments') }}
    where segment_name not in ('demand_class', 'status')

),

segments_of_series as (

    select
        series_at_cutoffs.unique_id,
        series_at_cutoffs.cutoff,
        list_sort(list({'name': segments.segment_name, 'value': segments.segment_value})) as segments
    from {{ scales }} as series_at_cutoffs
    inner join segments
        on
            series_at_cutoffs.unique_id = segments.unique_id
            and coalesce(segments.attributes_version = series_at_cutoffs.attributes_version, segments.attributes_version is null)
    group by series_at_cutoffs.unique_id, series_at_cutoffs.cutoff

),

numbered_series as (

    select
        unique_id,
        cutoff,
        segments,
        dense_rank() over (order by segments) as group_number
    from segments_of_series

),

listed_segments as (

    select
        group_number,
        unnest(any_value(segments)) as segment
    from numbered_series
    group by group_number

),

segments_of_groups as (

    select
        group_number,
        struct_extract(segment, 'name') as segment_name,
        struct_extract(segment, 'value') as segment_value
    from listed_segments

)
{%- endmacro -%}
