{#- What happened from the oldest cutoff up to the live one, as far as it is known at the live cutoff; imputed values
    are no truth. cutoffs: a relation with the column `cutoff_index`. -#}
{%- macro feature_truth(cutoffs) -%}
select
    observations.series_number,
    observations.period_index,
    observations.is_stockout,
    case when not observations.is_imputed then observations.y end as y
from {{ ref('fct_observations') }} as observations
{%- if var('as_known_then') %}
anti join {{ ref('feature_versions') }} as known_otherwise
    on
        observations.series_number = known_otherwise.series_number
        and observations.period_index = known_otherwise.period_index
{%- endif %}
where
    {{ feature_batch('observations.series_number') }}
    and observations.period_index >= (select min({{ cutoffs }}.cutoff_index) from {{ cutoffs }})
    and observations.period_index <= (select max({{ cutoffs }}.cutoff_index) from {{ cutoffs }})
{%- if var('as_known_then') %}
union all
select
    versions.series_number,
    versions.period_index,
    versions.is_stockout,
    case when not versions.is_imputed then versions.y end as y
from {{ ref('feature_versions') }} as versions
where
    {{ feature_batch('versions.series_number') }}
    and versions.known_index <= (select max({{ cutoffs }}.cutoff_index) from {{ cutoffs }})
    and coalesce(
        versions.superseded_index > (select max({{ cutoffs }}.cutoff_index) from {{ cutoffs }}), true
    )
{%- endif %}
{%- endmacro -%}
