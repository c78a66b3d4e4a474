"""Panels that forecasters must survive."""

import numpy as np
import pytest

T = 800
SEASON = 7


def _shapes():
    rng = np.random.default_rng(44)
    t = np.arange(T)
    usual = np.maximum(rng.poisson(20 + 8 * np.sin(2 * np.pi * t / SEASON)), 0).astype(float)
    only_last = np.full(T, np.nan)
    only_last[-1] = 4.0
    short = np.full(T, np.nan)
    short[-5:] = [3, 4, 3, 5, 4]
    spike = usual.copy()
    spike[T // 2] = 1e6
    restart = usual.copy()
    restart[200:500] = np.nan
    return {
        "all_zero": np.zeros(T),
        "one_observation": np.where(t == 100, 4.0, np.nan),
        "shorter_than_a_season": short,
        "constant": np.full(T, 7.0),
        "intermittent": np.where(rng.random(T) < 0.05, rng.poisson(3, T) + 1.0, 0.0),
        "new_today": only_last,
        "discontinued": np.where(t < T - 365, usual, 0.0),
        "restart_after_a_gap": restart,
        "level_shift_yesterday": np.where(t == T - 1, 10 * usual, usual),
        "giant_spike": spike,
        "missing_last_60": np.where(t < T - 60, usual, np.nan),
        "never_observed": np.full(T, np.nan),
        "negative": usual - 20,
        "tiny": usual * 1e-12,
        "huge": usual * 1e12,
        "usual": usual,
    }


@pytest.fixture(scope="session")
def shapes() -> dict[str, np.ndarray]:
    """One daily series of each shape that data in production takes, by name."""
    return _shapes()


@pytest.fixture
def panel(shapes) -> np.ndarray:
    """All shapes as one panel; a copy, so that a test may change it."""
    return np.vstack(list(shapes.values()))
