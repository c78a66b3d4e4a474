"""Forecasting: frames in, frames out.

Learns from observations and feature rows, forecasts every series of a product and scores the result.
Knows no orchestrator, no warehouse and no web framework; whoever calls it brings Arrow or pandas tables
and takes Arrow tables (`forecasting.tables`) away.

Read in this order: `tables` (what comes out), `periods` (the calendar of a frequency), `panel` (the dense
matrix every forecaster sees), `metrics`, `forecasters`.
"""
