-- Prices are known afterwards only, and the file knows no promotions.

{{ no_drivers() }}
