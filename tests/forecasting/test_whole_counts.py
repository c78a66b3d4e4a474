import numpy as np
import pytest

from forecasting.metrics import pinball
from forecasting.whole_counts import are_whole, whole_quantiles

LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def test_small_counts_go_to_the_nearest_unit_and_large_ones_stay():
    quantiles = np.array([[0.4, 2.3, 4.5], [18.5, 21.4, 24.1]])
    whole = whole_quantiles(quantiles, np.array([2.3, 21.4]))
    assert whole.tolist() == [[0.0, 2.0, 5.0], [18.5, 21.4, 24.1]]


@pytest.mark.parametrize("seed", range(20))
def test_whole_quantiles_never_cross(seed):
    rng = np.random.default_rng(seed)
    quantiles = np.sort(rng.gamma(1.0, 3.0, (50, 7, 9)), axis=2)
    assert (np.diff(whole_quantiles(quantiles, quantiles[..., 4]), axis=2) >= 0).all()


@pytest.mark.parametrize("mean", [0.3, 1.0, 3.0, 8.0])
def test_an_interval_of_whole_counts_covers_no_less_and_the_loss_is_lower(mean):
    rng = np.random.default_rng(4)
    y = rng.poisson(mean, 20_000).astype(float)
    # Errors of many series with means of their own, pooled in units of their scale as the calibration does.
    others = mean * np.exp(0.3 * rng.normal(size=50_000))
    scaled = (rng.poisson(others) - others) / np.sqrt(others)
    smooth = np.broadcast_to(np.maximum(mean + np.sqrt(mean) * np.quantile(scaled, LEVELS), 0.0), (y.size, 9))
    whole = whole_quantiles(smooth, np.full(y.size, mean))

    def covered(quantiles):
        return ((y >= quantiles[:, 0]) & (y <= quantiles[:, -1])).mean()

    def lost(quantiles):
        return sum(pinball(y, quantiles[:, k], level) for k, level in enumerate(LEVELS))

    assert covered(whole) >= max(covered(smooth), 0.78)
    assert lost(whole) < lost(smooth)


def test_halves_and_returns_are_no_counts():
    assert are_whole(np.array([0.0, 3.0, np.nan]))
    assert not are_whole(np.array([0.5, 3.0]))
    assert not are_whole(np.array([-1.0, 3.0]))
    assert not are_whole(np.array([np.nan]))
