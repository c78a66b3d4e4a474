{%- set horizon = var('horizon') -%}
{%- set n_samples = [var('horizons_per_origin') | int, horizon | int] | min -%}
{%- set season = var('season_length') -%}
{%- set second_season = feature_second_season() -%}
with

cutoffs as (

    select
        cutoff_index,
        role
    from {{ ref('feature_cutoffs') }}

),

series as (

    select
        series_number,
        first_index
    from {{ ref('feature_series') }}

),

-- The horizon in equal parts, one sampled step from each: near and far steps are learned alike.
strata as (

    select
        stratum,
        stratum * {{ horizon }} // {{ n_samples }} as steps_before,
        (stratum + 1) * {{ horizon }} // {{ n_samples }} - stratum * {{ horizon }} // {{ n_samples }} as n_steps
    from range({{ n_samples }}) as parts (stratum)

),

-- A generator of our own, as DuckDB's hash may change between versions: the same series and cutoff give the same
-- steps for ever. Squaring modulo a prime breaks the pattern of neighbouring numbers.
mixed as (

    select
        series.series_number,
        cutoffs.cutoff_index,
        cutoffs.role,
        strata.steps_before,
        strata.n_steps,
        (
            cast(series.series_number as bigint) * 48271 + cast(cutoffs.cutoff_index as bigint) * 69621
            + strata.stratum * 16807 + 1
        )
        % 2147483647 as mixed_once
    from series
    inner join cutoffs on series.first_index <= cutoffs.cutoff_index
    cross join strata

),

sampled as (

    select
        mixed.series_number,
        mixed.cutoff_index,
        mixed.role,
        mixed.steps_before,
        mixed.n_steps,
        mixed.steps_before
        + 1 + ((mixed.mixed_once * mixed.mixed_once % 2147483647) * 48271 % 2147483647) % mixed.n_steps as sampled_h
    from mixed

),

training_rows as (

    select
        sampled.series_number,
        sampled.cutoff_index,
        sampled.sampled_h as h,
        true as is_training_sample
    from sampled
    where sampled.role = 'training'

),

complete_rows as (

    select
        sampled.series_number,
        sampled.cutoff_index,
        unnest(range(sampled.steps_before + 1, sampled.steps_before + sampled.n_steps + 1)) as h,
        sampled.sampled_h,
        sampled.role
    from sampled
    where sampled.role <> 'training'

),

every_row as (

    select
        training_rows.series_number,
        training_rows.cutoff_index,
        training_rows.h,
        training_rows.is_training_sample
    from training_rows
    union all
    select
        complete_rows.series_number,
        complete_rows.cutoff_index,
        complete_rows.h,
        complete_rows.role <> 'live' and complete_rows.h = complete_rows.sampled_h as is_training_sample
    from complete_rows

)

select
    cast(every_row.series_number as integer) as series_number,
    cast(every_row.series_number as integer) as history_number,
    cast(every_row.cutoff_index as integer) as cutoff_index,
    cast(every_row.h as smallint) as h,
    cast(every_row.cutoff_index + every_row.h as integer) as target_index,
    cast(
        every_row.cutoff_index + every_row.h - {{ season }} * ((every_row.h + {{ season }} - 1) // {{ season }})
        as integer
    ) as aligned_index,
    {% if second_season -%}
    cast(
        every_row.cutoff_index + every_row.h
        - {{ second_season }} * ((every_row.h + {{ second_season }} - 1) // {{ second_season }}) as integer
    )
    {%- else -%}
    cast(null as integer)
    {%- endif %} as second_aligned_index,
    every_row.is_training_sample
from every_row
where
    not every_row.is_training_sample
    or every_row.cutoff_index + every_row.h <= (select max(cutoffs.cutoff_index) from cutoffs)
