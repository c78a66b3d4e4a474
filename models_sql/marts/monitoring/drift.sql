{%- set window = [var('season_length') | int, var('horizon') | int] | max -%}
with

live_cutoff as (

    select
        cutoff,
        cutoff_index
    from {{ ref('feature_cutoffs') }}
    where role = 'live'

),

thresholds as (

    select *
    from {{ ref('drift_thresholds') }}

),

-- The last window and the one before it, each against the three windows before and the same season of last year:
-- a season is no drift, and one odd window is no lasting one.
frames as (

    select
        named_frames.windows_back,
        named_frames.reference,
        live_cutoff.cutoff_index - named_frames.windows_back * {{ window }} as last_index,
        live_cutoff.cutoff_index - named_frames.windows_back * {{ window }} - case
            when named_frames.reference = 'same season last year' then {{ feature_year_length() }}
            else {{ window }}
        end as reference_last_index,
        case
            when named_frames.reference = 'same season last year' then {{ window }} else {{ 3 * window }}
        end as reference_length
    from (
        values
        (0, 'previous windows'),
        (0, 'same season last year'),
        (1, 'previous windows'),
        (1, 'same season last year')
    ) as named_frames (windows_back, reference)
    cross join live_cutoff

),

observations as (

    select
        unique_id,
        period_index,
        y
    from {{ ref('fct_observations') }}
    where
        y is not null
        and not is_imputed
        and period_index > (select min(frames.reference_last_index - frames.reference_length) from frames)

),

segments as (

    select *
    from {{ ref('int_series_segments') }}
    where segment_name not in ('level', 'status') and is_in_force

),

framed as (

    select
        observations.unique_id,
        frames.windows_back,
        frames.reference,
        observations.period_index > frames.last_index - {{ window }}
        and observations.period_index <= frames.last_index as is_current,
        observations.y
    from observations
    inner join frames
        on
            observations.period_index between frames.last_index - {{ window - 1 }} and frames.last_index
            or observations.period_index between
            frames.reference_last_index - frames.reference_length + 1 and frames.reference_last_index

),

segmented as (

    select
        segments.segment_name,
        segments.segment_value,
        framed.windows_back,
        framed.reference,
        framed.is_current,
        framed.y
    from framed
    inner join segments on framed.unique_id = segments.unique_id

),

limits as (

    select
        segmented.segment_name,
        segmented.segment_value,
        segmented.windows_back,
        segmented.reference,
        list_distinct(quantile_disc(segmented.y, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])) as bin_limits
    from segmented
    where not segmented.is_current
    group by segmented.segment_name, segmented.segment_value, segmented.windows_back, segmented.reference

),

beside_their_limits as (

    select
        segmented.segment_name,
        segmented.segment_value,
        segmented.windows_back,
        segmented.reference,
        segmented.is_current,
        segmented.y,
        limits.bin_limits
    from segmented
    inner join limits
        on
            segmented.segment_name = limits.segment_name
            and segmented.segment_value = limits.segment_value
            and segmented.windows_back = limits.windows_back
            and segmented.reference = limits.reference

),

binned as (

    select
        segment_name,
        segment_value,
        windows_back,
        reference,
        len(list_filter(bin_limits, lambda bin_limit: bin_limit < y)) as bin,
        count(*) filter (where is_current) as n_current,
        count(*) filter (where not is_current) as n_reference,
        sum(y) filter (where is_current) as total_current,
        sum(y) filter (where not is_current) as total_reference
    from beside_their_limits
    group by segment_name, segment_value, windows_back, reference, bin

),

shares as (

    select
        binned.*,
        sum(binned.n_current) over same_comparison as all_current,
        sum(binned.n_reference) over same_comparison as all_reference,
        count(*) over same_comparison as n_bins,
        abs(
            sum(binned.n_current) over up_to_bin / nullif(sum(binned.n_current) over same_comparison, 0)
            - sum(binned.n_reference) over up_to_bin / nullif(sum(binned.n_reference) over same_comparison, 0)
        ) as distance
    from binned
    window
        same_comparison as (
            partition by binned.segment_name, binned.segment_value, binned.windows_back, binned.reference
        ),
        up_to_bin as (
            partition by binned.segment_name, binned.segment_value, binned.windows_back, binned.reference
            order by binned.bin
            rows between unbounded preceding and current row
        )

),

compared as (

    select
        shares.segment_name,
        shares.segment_value,
        shares.windows_back,
        shares.reference,
        cast(max(shares.all_current) as bigint) as n_current,
        cast(max(shares.all_reference) as bigint) as n_reference,
        sum(shares.total_current) / nullif(max(shares.all_current), 0) as mean_current,
        sum(shares.total_reference) / nullif(max(shares.all_reference), 0) as mean_reference,
        -- Half an observation in every bin keeps the logarithm finite.
        sum(
            (
                (shares.n_current + 0.5) / (shares.all_current + 0.5 * shares.n_bins)
                - (shares.n_reference + 0.5) / (shares.all_reference + 0.5 * shares.n_bins)
            ) * ln(
                ((shares.n_current + 0.5) / (shares.all_current + 0.5 * shares.n_bins))
                / ((shares.n_reference + 0.5) / (shares.all_reference + 0.5 * shares.n_bins))
            )
        ) as psi,
        max(shares.distance) as ks_distance,
        -- What samples of this size show without any drift.
        (max(shares.n_bins) - 1) * (1 / max(shares.all_current) + 1 / max(shares.all_reference)) as psi_by_chance
    from shares
    where shares.all_current > 0 and shares.all_reference > 0
    group by shares.segment_name, shares.segment_value, shares.windows_back, shares.reference

),

judged as (

    select
        compared.*,
        case
            when least(compared.n_current, compared.n_reference) < thresholds.min_sample then 'too few'
            when
                compared.psi > thresholds.significant_psi
                and compared.psi > thresholds.times_chance * compared.psi_by_chance then 'significant'
            when
                compared.psi > thresholds.moderate_psi
                and compared.psi > thresholds.times_chance * compared.psi_by_chance then 'moderate'
            else 'stable'
        end as verdict
    from compared
    cross join thresholds

)

select
    live_cutoff.cutoff,
    judged.segment_name,
    judged.segment_value,
    judged.reference,
    judged.n_current,
    judged.n_reference,
    judged.verdict,
    'y' as subject,
    round(judged.mean_current, 6) as mean_current,
    round(judged.mean_reference, 6) as mean_reference,
    round(judged.psi, 6) as psi,
    round(judged.psi_by_chance, 6) as psi_by_chance,
    round(judged.ks_distance, 6) as ks_distance,
    coalesce(
        min(judged.verdict) filter (where judged.verdict <> 'too few') over same_segment = 'significant'
        and max(judged.verdict) filter (where judged.verdict <> 'too few') over same_segment = 'significant'
        and count(*) filter (where judged.verdict = 'significant') over same_segment >= 2,
        false
    ) as is_sustained
from judged
cross join live_cutoff
window same_segment as (partition by judged.segment_name, judged.segment_value)
qualify judged.windows_back = 0
