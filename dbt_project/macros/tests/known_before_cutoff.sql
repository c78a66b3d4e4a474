{#-
    Fails for every row that became known after the end of its cutoff period; an empty known_at was always known.
    The proof that nothing from the future is used.
-#}
{% test known_before_cutoff(model, column_name='known_at', cutoff_column='cutoff') %}
select
    {{ column_name }},
    {{ cutoff_column }}
from {{ model }}
where {{ column_name }} > {{ period_start(period_index(cutoff_column) ~ ' + 1') }}
{% endtest %}
