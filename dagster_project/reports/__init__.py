"""The evaluation report: one self-contained HTML file per run, every number of it read from a table.

`tables` asks the warehouse, `charts` draws SVG, `page` is HTML and style, `evaluation` puts them together.
"""
