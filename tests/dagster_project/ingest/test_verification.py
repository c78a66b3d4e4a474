"""A changed byte is found, and the file and its expected digest are named."""

import pytest

from dagster_project.errors import SnapshotDamaged
from dagster_project.ingest import manifests_of, verify_snapshots
from tests.dagster_project.ingest.shop import AS_OF, GOOD


@pytest.fixture
def part(shop):
    shop.deliver({"sales.csv": GOOD})
    (path,) = shop.paths.raw.glob("source=tidy/entity=observations/dt=2026-03-01/run=*/part-0.parquet")
    path.chmod(0o644)
    return path


def test_untouched_snapshots_are_sound(shop, part):
    assert verify_snapshots(shop.paths) == []


@pytest.mark.parametrize("position", [0, 100, -1])
def test_one_changed_byte_is_found_and_named(shop, part, position):
    content = bytearray(part.read_bytes())
    content[position] ^= 1
    part.write_bytes(content)
    (damage,) = verify_snapshots(shop.paths)
    (file,) = manifests_of(shop.paths, "tidy")[0].files
    assert damage.file == str(part.relative_to(shop.paths.root))
    assert damage.expected_sha256 == file.parquet_sha256
    message = str(damage.as_error())
    assert damage.file in message
    assert file.parquet_sha256 in message


def test_a_cut_file_and_a_lost_file_are_found(shop, part):
    part.write_bytes(part.read_bytes()[:-10])
    assert len(verify_snapshots(shop.paths)) == 1
    part.unlink()
    (damage,) = verify_snapshots(shop.paths)
    assert damage.found_sha256 is None
    assert "no file" in str(damage.as_error())


def test_a_file_that_no_manifest_knows_is_found(shop, part):
    part.with_name("part-7.parquet").write_bytes(part.read_bytes())
    (damage,) = verify_snapshots(shop.paths)
    assert damage.file.endswith("part-7.parquet")


def test_a_damaged_manifest_is_named(shop, part):
    manifest = part.with_name("manifest.json")
    manifest.chmod(0o644)
    manifest.write_text(manifest.read_text()[:50])
    with pytest.raises(SnapshotDamaged, match=r"manifest\.json"):
        verify_snapshots(shop.paths)


def test_snapshots_are_written_read_only(shop, part):
    shop.deliver({"sales.csv": GOOD + "2026-03-01,A,1,0\n"}, as_of=AS_OF.replace(day=2))
    modes = {path.stat().st_mode & 0o777 for path in shop.paths.raw.glob("source=tidy/*/dt=2026-03-02/run=*/*")}
    assert modes == {0o444}
