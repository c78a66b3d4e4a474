{#- Fails for every gap that a column of feed_gaps marks; the rows name the store or other key. -#}
{% test no_feed_gap(model, counted) %}
select *
from {{ model }}
where {{ counted }}
{% endtest %}
