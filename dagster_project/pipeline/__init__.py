"""The steps of a run as plain functions: read a table, one call into `forecasting`, write a table.

Dagster decides when they run; nothing here knows about it.
"""
