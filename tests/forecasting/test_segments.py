import numpy as np

from forecasting.panel import Panel
from forecasting.segments import demand_classes, segments


def _panel(y):
    ids = np.array([f"s{i}" for i in range(len(y))], dtype=object)
    return Panel(ids, 0, np.asarray(y, dtype=float), "D", 7)


def test_demand_classes_follow_syntetos_boylan_and_croston():
    rng = np.random.default_rng(0)
    smooth = np.full(200, 10.0)
    erratic = np.where(np.arange(200) % 2 == 0, 1.0, 30.0)
    intermittent = np.where(np.arange(200) % 4 == 0, 5.0, 0.0)
    lumpy = np.where(np.arange(200) % 4 == 0, rng.choice([1.0, 40.0], 200), 0.0)
    never = np.zeros(200)
    assert demand_classes(_panel([smooth, erratic, intermittent, lumpy, never])).tolist() == [
        "smooth",
        "erratic",
        "intermittent",
        "lumpy",
        "none",
    ]


def test_periods_before_the_first_observation_do_not_count_as_without_demand():
    launched_late = np.full(200, 10.0)
    launched_late[:150] = np.nan
    assert demand_classes(_panel([launched_late])).tolist() == ["smooth"]


def test_series_are_put_into_thirds_by_volume():
    labels = segments(_panel([np.full(50, float(level)) for level in (1, 2, 3, 10, 20, 30, 100, 200, 300)]))
    assert [label.split("/")[1] for label in labels] == ["low"] * 3 + ["middle"] * 3 + ["high"] * 3
