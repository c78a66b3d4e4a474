"""Readers in processes of their own, while snapshots come and go."""

import json
import subprocess
import sys
import time

READER = """
import json, sys, time
from pathlib import Path
import duckdb
published, stop = Path(sys.argv[1]), Path(sys.argv[2])
reads, seen, errors, last = 0, set(), [], 0
while not stop.exists() or reads < 5:
    pointer = json.loads((published / "current.json").read_text())
    number = int(pointer["snapshot_id"].split("-")[0])
    try:
        with duckdb.connect(str(published / pointer["file"]), read_only=True, config={"threads": 1}) as con:
            shifts = con.execute(
                "select distinct l.yhat - f.yhat, (select min(yhat) from marts.forecast_latest where unique_id = 'total') "
                "from marts.forecast_latest as l inner join marts.fct_forecasts as f using (unique_id, cutoff, ds, model)"
            ).fetchall()
        if len(shifts) != 1 or shifts[0][0] != 0.0 or number < last:
            errors.append([number, last, shifts])
    except FileNotFoundError:
        continue
    except duckdb.IOException as error:
        # Between reading the pointer and opening the file it may have been removed as the oldest: ask again.
        if "does not exist" in str(error):
            continue
        errors.append(str(error))
    last = number
    reads += 1
    seen.add(number)
print(json.dumps({"reads": reads, "seen": sorted(seen), "errors": errors[:3]}))
"""


def test_readers_never_fail_and_never_see_a_mixture_while_snapshots_are_published(
    paths, publish_now, example, tmp_path
):
    publish_now(paths, keep=2)
    stop = tmp_path / "stop"
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(paths.published), str(stop)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    try:
        time.sleep(0.5)
        for shift in range(1, 6):
            example.build_warehouse(paths.warehouse, shift=float(shift))
            publish_now(paths, keep=2)
    finally:
        stop.touch()
    answers = [json.loads(reader.communicate(timeout=60)[0]) for reader in readers]
    for answer in answers:
        assert answer["errors"] == []
        assert answer["reads"] >= 5
        assert len(answer["seen"]) >= 2


def test_a_reader_keeps_its_snapshot_when_the_file_is_removed(paths, publish_now, example):
    import duckdb

    first = publish_now(paths, keep=1)
    with duckdb.connect(str(first.file), read_only=True) as con:
        con.execute("select 1 from marts.dim_series").fetchall()
        example.build_warehouse(paths.warehouse, shift=1.0)
        publish_now(paths, keep=1)
        assert not first.file.exists()
        assert con.execute("select count(*) from marts.forecast_latest").fetchall() == [(15 * 28,)]


def test_two_publishes_at_once_do_not_mix(paths, publish_in_process, example):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: publish_in_process(paths), range(2)))
    assert [run.returncode for run in done] == [0, 0]
    assert len(list(paths.published.glob("snap_*.duckdb"))) == 1
    assert (paths.published / json.loads(paths.current.read_text())["file"]).exists()
