"""Which models compete for a product: those that it names, or those that suit what is in its warehouse."""

from __future__ import annotations

from dagster_project.product import Product
from dagster_project.warehouse import Warehouse
from forecasting.candidate_choice import AUTO, PanelFacts, Verdict, choose_candidates

# What the oldest scored window could see: a choice by later sizes would know what was still to come. A product too
# young for a scored window has its live cutoff only.
PANEL_SIZE = """
    with first_cutoff as (
        select arg_min(cutoff, (role <> 'backtest', cutoff)) as cutoff
        from features.feature_cutoffs
        where role in ('backtest', 'live')
    ),
    series as (
        select
            observations.unique_id,
            count(observations.y) as n_observations,
            count(*) as n_periods
        from marts.fct_observations as observations
        inner join first_cutoff on observations.ds <= first_cutoff.cutoff
        group by observations.unique_id
    )
    select
        count(*) as n_series,
        coalesce(max(n_periods), 0) as n_periods,
        coalesce(sum(n_observations), 0)::bigint as n_observations
    from series
"""


def product_candidates(product: Product, warehouse: Warehouse) -> tuple[Verdict, ...]:
    """A verdict per model; with `auto` in the product file the built marts decide, as of the first scored cutoff."""
    if product.models.candidates != (AUTO,):
        return tuple(Verdict(model, True, "named in the product file") for model in product.models.candidates)
    size = warehouse.read(PANEL_SIZE).to_pylist()[0]
    facts = PanelFacts(
        n_series=size["n_series"],
        n_periods=size["n_periods"],
        n_observations=size["n_observations"],
        season_lengths=product.season_lengths,
        horizon=product.horizon,
        target_kind=product.target.kind,
        allow_negative=product.target.allow_negative,
        n_forecasts=product.backtest.n_windows + product.backtest.n_calibration_windows + 1,
        n_plans=sum(driver.known == "ahead" for driver in product.drivers),
    )
    return choose_candidates(facts, product.models.cpu_seconds)
