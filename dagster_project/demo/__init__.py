"""A shop that never was: three years of order lines with the dirt of real extracts, and the truth behind them.

`write_demo` writes what the shop's systems would export at an instant; the same seed and instant give the same bytes.
A later instant exports the same world with more days in it, and with what arrived late.
"""

from dagster_project.demo.export import write_demo
from dagster_project.demo.truth import DemoTruth

__all__ = ["DemoTruth", "write_demo"]
