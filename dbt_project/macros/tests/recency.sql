{#-
    Fails when the newest value is more than max_age before an instant, by default the as_of of the run:
    never the clock. With the open default of as_of (9999-12-31) there is nothing to compare with, and it passes.
-#}
{% test recency(model, column_name, max_age, as_of=none) %}
{%- set instant = as_of or var('as_of') %}
select max({{ column_name }}) as newest
from {{ model }}
having
    timestamp '{{ instant }}' < timestamp '9999-12-31'
    and max({{ column_name }}) < timestamp '{{ instant }}' - interval {{ max_age }}
{% endtest %}
