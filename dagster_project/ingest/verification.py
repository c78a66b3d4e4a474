"""Whether raw snapshots still are what their manifests say."""

from __future__ import annotations

from dataclasses import dataclass

from dagster_project.errors import SnapshotDamaged, Where
from dagster_project.ingest.decoding import digest
from dagster_project.ingest.manifest import manifests_of
from dagster_project.paths import ProductPaths


@dataclass(frozen=True, slots=True)
class Damage:
    """One file that is not what its manifest says; `found` is None when it is gone. Path below the product's home."""

    file: str
    expected_sha256: str
    found_sha256: str | None

    def as_error(self) -> SnapshotDamaged:
        """The damage as an error that names the file and the expected digest."""
        return SnapshotDamaged(
            f"sha256 {self.expected_sha256}",
            f"sha256 {self.found_sha256}" if self.found_sha256 else "no file",
            "Move this run's directory away and deliver its file again.",
            Where(file=self.file),
        )


def verify_snapshots(paths: ProductPaths) -> list[Damage]:
    """Every changed, missing or unexpected Parquet file among the raw snapshots; nothing when all is well.

    Raises:
        SnapshotDamaged: a manifest itself cannot be read.
    """
    damage = []
    expected = set()
    for manifest in manifests_of(paths):
        for file in manifest.files:
            path = paths.raw / manifest.folder / file.parquet
            expected.add(path)
            found = digest(path) if path.is_file() else None
            if found != file.parquet_sha256:
                damage.append(Damage(str(path.relative_to(paths.root)), file.parquet_sha256, found))
    stray = set(paths.raw.glob("source=*/entity=*/dt=*/run=*/*.parquet")) - expected
    unexpected = [path for path in sorted(stray) if path.parent.name != "run=empty"]
    return damage + [Damage(str(path.relative_to(paths.root)), "of a manifest", digest(path)) for path in unexpected]
