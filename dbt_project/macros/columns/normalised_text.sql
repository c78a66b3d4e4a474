{#-
    One text has one spelling: Unicode NFC, no surrounding white space (a no-break space included), NULL instead of
    empty. Leading zeros stay.
-#}
{% macro normalised_text(column) -%}
nullif(trim(nfc_normalize({{ column }}), e' \t\r\n' || chr(160)), '')
{%- endmacro %}
