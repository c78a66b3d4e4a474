import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.reconcile import build_hierarchy, reconcile


def _random_case(seed, n_bottom=12, n_steps=5):
    rng = np.random.default_rng(seed)
    ids = [f"b{i:02d}" for i in range(n_bottom)]
    memberships = [("total", b) for b in ids]
    memberships += [(f"region {i % 3}", b) for i, b in enumerate(ids)]
    memberships += [(f"product {i // 4}", b) for i, b in enumerate(ids)]  # crossed with the regions
    hierarchy = build_hierarchy(ids, memberships)
    bottom = rng.gamma(2.0, 5.0, size=(n_bottom, n_steps))
    base = hierarchy.all_levels(bottom) * np.exp(0.3 * rng.normal(size=(len(hierarchy.node_ids) + n_bottom, n_steps)))
    variance = rng.gamma(2.0, 1.0, size=len(base)) + 0.1
    return hierarchy, base, variance


def _dense_oracle(hierarchy, base, variance):
    n_bottom = len(hierarchy.bottom_ids)
    s = np.vstack([hierarchy.summing.toarray(), np.eye(n_bottom)])
    w = np.diag(1.0 / variance)
    return s @ np.linalg.solve(s.T @ w @ s, s.T @ w @ base)


@pytest.mark.parametrize("seed", range(5))
def test_the_answer_is_that_of_the_dense_formula(seed):
    hierarchy, base, variance = _random_case(seed)
    found = reconcile(hierarchy, base, variance, allow_negative=True)
    np.testing.assert_allclose(found, _dense_oracle(hierarchy, base, variance), rtol=1e-6, atol=1e-8)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000))
def test_sums_agree_and_nothing_is_negative(seed):
    hierarchy, base, variance = _random_case(seed)
    base[len(hierarchy.node_ids) :] -= 6.0  # many bottom forecasts below zero
    found = reconcile(hierarchy, base, variance)
    n_nodes = len(hierarchy.node_ids)
    np.testing.assert_allclose(found[:n_nodes], hierarchy.aggregate(found[n_nodes:]), atol=1e-6)
    assert found.min() >= 0.0


def test_coherent_forecasts_stay_as_they_are():
    hierarchy, base, variance = _random_case(1)
    coherent = hierarchy.all_levels(base[len(hierarchy.node_ids) :])
    np.testing.assert_allclose(reconcile(hierarchy, coherent, variance), coherent, rtol=1e-7)


def test_a_node_with_a_small_error_pulls_its_members():
    hierarchy = build_hierarchy(["a", "b"], [("total", "a"), ("total", "b")])
    base = np.array([[30.0], [10.0], [10.0]])
    trusted = reconcile(hierarchy, base, np.array([1e-6, 1.0, 1.0]))
    np.testing.assert_allclose(trusted[:, 0], [30.0, 15.0, 15.0], rtol=1e-4)
    distrusted = reconcile(hierarchy, base, np.array([1e6, 1.0, 1.0]))
    np.testing.assert_allclose(distrusted[:, 0], [20.0, 10.0, 10.0], rtol=1e-4)


def test_a_node_with_one_member_and_a_series_without_a_node_are_fine():
    hierarchy = build_hierarchy(["a", "b", "c"], [("alone", "a"), ("pair", "a"), ("pair", "b")])
    found = reconcile(hierarchy, np.ones((5, 2)), np.ones(5))
    np.testing.assert_allclose(found[:2], hierarchy.aggregate(found[2:]), atol=1e-9)
    np.testing.assert_allclose(found[4], 1.0)


def test_unknown_members_and_repeated_memberships_are_refused():
    with pytest.raises(ValueError, match="the first is 'x'"):
        build_hierarchy(["a"], [("total", "x")])
    with pytest.raises(ValueError, match="twice"):
        build_hierarchy(["a"], [("total", "a"), ("total", "a")])
