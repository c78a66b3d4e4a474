{#- Fails for every gap within the last season up to the live cutoff; the rows name the store or other key. -#}
{% test no_recent_feed_gap(model) %}
select *
from {{ model }}
where is_recent
{% endtest %}
