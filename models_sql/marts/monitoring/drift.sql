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

-- Which periods a comparison looks at: an equality in place of two ranges that every observation would be tried on.
framed_periods as (

    select
        frames.windows_back,
        frames.reference,
        true as is_current,
        unnest(range(frames.last_index - {{ window - 1 }}, frames.last_index + 1)) as period_index
    from frames
    union all
    select
        frames.windows_back,
        frames.reference,
        false as is_current,
        unnest(
            range(frames.reference_last_index - frames.reference_length + 1, frames.reference_last_index + 1)
        ) as period_index
    from frames

),

observations as (

    select
        series_number,
        period_index,
        y
    from {{ ref('fct_observations') }}
    where
        y is not null
        and not is_imputed
        and period_index > (select min(frames.reference_last_index - frames.reference_length) from frames)

),

series as (

    select
        series_number,
        unique_id
    from {{ ref('int_series') }}

),

-- Numbers instead of names while counting: there are a few hundred million rows at 30,490 series.
segments as (

    select
        members.segment_name,
        members.segment_value,
        series.series_number,
        dense_rank() over (order by members.segment_name, members.segment_value) as segment_number
    from {{ ref('int_series_segments') }} as members
    inner join series on members.unique_id = series.unique_id
    where members.segment_name not in ('level', 'status') and members.is_in_force

),

named_segments as (

    select distinct
        segment_number,
        segment_name,
        segment_value
    from segments

),

-- How often each value occurs says all that is compared, and demand repeats its values.
counts_of_series as (

    select
        observations.series_number,
        framed_periods.windows_back,
        framed_periods.reference,
        observations.y,
        count(*) filter (where framed_periods.is_current) as n_current,
        count(*) filter (where not framed_periods.is_current) as n_reference
    from observations
    inner join framed_periods on observations.period_index = framed_periods.period_index
    group by observations.series_number, framed_periods.windows_back, framed_periods.reference, observations.y

),

counts as (

    select
        segments.segment_number,
        counts_of_series.windows_back,
        counts_of_series.reference,
        counts_of_series.y,
        sum(counts_of_series.n_current) as n_current,
        sum(counts_of_series.n_reference) as n_reference
    from counts_of_series
    inner join segments on counts_of_series.series_number = segments.series_number
    group by segments.segment_number, counts_of_series.windows_back, counts_of_series.reference, counts_of_series.y

),

ranked as (

    select
        counts.*,
        sum(counts.n_reference) over (
            partition by counts.segment_number, counts.windows_back, counts.reference
            order by counts.y
            rows between unbounded preceding and current row
        ) as rank_in_reference,
        sum(counts.n_reference) over (
            partition by counts.segment_number, counts.windows_back, counts.reference
        ) as all_in_reference
    from counts

),

-- The deciles of the reference: the values with that share of its observations at or below them.
limits as (

    select
        ranked.segment_number,
        ranked.windows_back,
        ranked.reference,
        list_distinct([
            {%- for decile in range(1, 10) %}
            min(ranked.y) filter (
                where ranked.rank_in_reference >= greatest(1, ceil(ranked.all_in_reference * {{ decile }} / 10))
            ){{ ',' if not loop.last }}
            {%- endfor %}
        ]) as bin_limits
    from ranked
    group by ranked.segment_number, ranked.windows_back, ranked.reference

),

beside_their_limits as (

    select
        named_segments.segment_name,
        named_segments.segment_value,
        counts.windows_back,
        counts.reference,
        counts.y,
        counts.n_current,
        counts.n_reference,
        limits.bin_limits
    from counts
    inner join limits
        on
            counts.segment_number = limits.segment_number
            and counts.windows_back = limits.windows_back
            and counts.reference = limits.reference
    inner join named_segments on counts.segment_number = named_segments.segment_number

),

binned as (

    select
        segment_name,
        segment_value,
        windows_back,
        reference,
        len(list_filter(bin_limits, lambda bin_limit: bin_limit < y)) as bin,
        sum(n_current) as n_current,
        sum(n_reference) as n_reference,
        sum(y * n_current) filter (where n_current > 0) as total_current,
        sum(y * n_reference) filter (where n_reference > 0) as total_reference
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
