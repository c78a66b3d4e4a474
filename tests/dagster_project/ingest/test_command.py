"""`forecast ingest`, as its user calls it."""

import json

import pytest
import yaml

from dagster_project.cli.main import run
from tests.dagster_project.ingest.shop import GOOD, tidy_settings


@pytest.fixture
def ingest(tmp_path, capsys):
    """Run `forecast --json ingest` on a file; its exit code, its answer, and what it says when it refuses."""
    (tmp_path / "tiny.yml").write_text(yaml.safe_dump(tidy_settings()))

    def _ingest(content, *options):
        (tmp_path / "sales.csv").write_text(content)
        arguments = ["--product", str(tmp_path / "tiny.yml"), "--home", str(tmp_path / "var"), "--json", "ingest"]
        with pytest.raises(SystemExit) as left:
            run([*arguments, "--from", str(tmp_path / "sales.csv"), *options])
        return left.value.code or 0, json.loads(capsys.readouterr().out)

    return _ingest


def test_a_delivery_and_the_same_again(ingest):
    code, first = ingest(GOOD, "--as-of", "2026-03-01T02:00:00")
    _, second = ingest(GOOD, "--as-of", "2026-03-02T02:00:00")
    assert code == 0
    assert [(row["entity"], row["status"], row["rows"]) for row in first] == [("observations", "new", 56)]
    assert [row["status"] for row in second] == ["unchanged"]


def test_a_refused_file_is_exit_code_1_and_says_where(ingest):
    code, answer = ingest(GOOD + "2026-03-01,A\n")
    assert (code, answer["error"]) == (1, "DeliveryRejected")
    assert "row 57" in answer["message"]


def test_f41_a_delivery_from_the_future_is_wrong_usage(ingest):
    code, answer = ingest(GOOD, "--as-of", "2200-01-01")
    assert code == 2
    assert "at most a day ahead" in answer["message"]
