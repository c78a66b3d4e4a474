"""kill -9 at every step of a delivery: what was there stays, nothing is half there, and the next ingest completes it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dagster_project.ingest import deliver, manifests_of, verify_snapshots
from dagster_project.paths import ProductPaths
from tests.dagster_project.ingest.shop import AS_OF, GOOD, Shop

LATER = AS_OF.replace(day=2)
DRIVERS = "date,shop,promo\n2026-03-01,A,1\n"


@pytest.fixture
def runs(shop, tmp_path, root):
    """A first delivery, then a second one of two entities killed at each of its steps; homes by step."""
    shop.deliver({"sales.csv": GOOD})
    homes = tmp_path / "homes"
    homes.mkdir()
    shop.paths.home.rename(homes / "before")
    settings = tmp_path / "product.json"
    settings.write_text(shop.product.model_dump_json())
    (shop.inbox / "sales.csv").write_text(GOOD + "2026-03-01,A,5,0\n")
    (shop.inbox / "drivers.csv").write_text(DRIVERS)
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("kill_everywhere.py"), settings, homes, shop.inbox, LATER.isoformat()],
        env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, check=True, timeout=240,
    )  # fmt: skip
    endings = done.stdout.split("\n")[:-1]
    assert endings[-1] == "exit 0"
    assert endings[:-1] == ["killed"] * (len(endings) - 1)
    assert len(endings) > 15, "the steps of a delivery are not being watched"
    return shop, homes, len(endings)


def files_of(paths):
    return {
        str(path.relative_to(paths.raw)): path.read_bytes()
        for path in sorted(paths.raw.rglob("*"))
        if path.is_file() and "run=empty" not in path.parts
    }


def test_a_kill_at_any_step_loses_nothing_and_leaves_nothing_half_done(runs):
    shop, homes, steps = runs
    before = files_of(ProductPaths(homes / "before", shop.product.name))
    whole = files_of(ProductPaths(homes / f"{steps:03d}", shop.product.name))
    assert before.items() < whole.items()
    rolled_forward = 0
    for step in range(1, steps):
        paths = ProductPaths(homes / f"{step:03d}", shop.product.name)
        killed = files_of(paths)
        assert before.items() <= killed.items(), f"step {step} lost what was there"
        assert killed.items() <= whole.items(), f"step {step} left something else"
        assert verify_snapshots(paths) == [], f"step {step} left half a snapshot"
        report = deliver(shop.product, paths, shop.inbox, LATER)
        rolled_forward += bool(report.recovered)
        assert files_of(paths) == whole, f"the ingest after step {step} did not complete it"
        assert [item.rows for item in manifests_of(paths, "tidy", "observations")] == [56, 57]
        assert not list(paths.root.glob(".incoming*"))
        json.loads((paths.logs / "ingest" / "20260302T020000.json").read_text())
    assert rolled_forward >= 3, "no kill fell after the commit"


def test_without_the_commit_file_nothing_is_rolled_forward(shop):
    shop.deliver({"sales.csv": GOOD})
    prepared = shop.paths.root / ".incoming" / "source=tidy" / "entity=observations" / "dt=2026-03-02" / "run=half"
    prepared.mkdir(parents=True)
    (prepared / "part-0.parquet").write_bytes(b"half a file")
    before = shop.state()
    shop.deliver({"sales.csv": GOOD}, as_of=LATER)
    assert shop.state() == before


def test_the_fault_is_real_without_the_protection(tmp_path, product):
    """Negative control: files written straight into raw/ would be seen half done by the same checks."""
    shop = Shop(product, tmp_path)
    shop.deliver({"sales.csv": GOOD})
    folder = shop.paths.delivery("tidy", "observations", "2026-03-02", "abc")
    folder.mkdir(parents=True)
    (folder / "part-0.parquet").write_bytes(b"PAR1 half a file")
    assert [damage.expected_sha256 for damage in verify_snapshots(shop.paths)] == ["of a manifest"]
