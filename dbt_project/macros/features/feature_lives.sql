{#- Every series with its first period; where a product asks what was known then, one row per history of it, with the
    cutoffs that share it. -#}
{%- macro feature_lives() -%}
{%- if var('as_known_then') -%}
select
    series_number,
    history_number,
    first_index,
    first_cutoff_index,
    last_cutoff_index
from {{ ref('feature_known_histories') }}
where {{ feature_batch('series_number') }} and first_index <= last_cutoff_index
{%- else -%}
select
    series_number,
    first_index
from {{ ref('feature_series') }}
where {{ feature_batch('series_number') }}
{%- endif %}
{%- endmacro -%}
