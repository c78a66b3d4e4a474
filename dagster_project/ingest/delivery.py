"""One delivery: files are matched, validated against their contracts, and stored all together or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dagster_project.contracts import EntityContract, entity_contract, load_contract, shipped_contracts
from dagster_project.errors import DeliveryRejected, Where
from dagster_project.ingest.anchors import anchor
from dagster_project.ingest.decoding import Plain, decode
from dagster_project.ingest.holiday_calendar import COLUMNS, ENTITY, SOURCE, freeze_holidays, years_of
from dagster_project.ingest.manifest import Manifest, manifests_of
from dagster_project.ingest.matching import Matched, match_files
from dagster_project.ingest.quarantine import quarantine
from dagster_project.ingest.report import Fault, IngestReport, Outcome, keep_report
from dagster_project.ingest.sealing import refuse_sealed_day
from dagster_project.ingest.snapshot import delivery_id_of, prepare
from dagster_project.ingest.storage import incoming, only_one_ingest, recover, store
from dagster_project.paths import ProductPaths
from dagster_project.product_settings import Product


def deliver(product: Product, paths: ProductPaths, source: Path | None, as_of: datetime) -> IngestReport:
    """Take a folder or file (default: the landing folder) as one delivery into immutable raw snapshots.

    `as_of` is the instant at which the files were what the source knew (UTC). The same bytes again change nothing.
    The landing files stay where they are. A product with a generator fills an empty landing folder first.

    Raises:
        DeliveryRejected: a file is not what its contract says; nothing was stored, the file is in quarantine, and the
            report hangs on the error as `report`.
        UsageError: there is nothing at `source`.
        WarehouseBusy: another ingest of this product is running.
    """
    as_of = as_of.astimezone(UTC).replace(tzinfo=None) if as_of.tzinfo else as_of
    with only_one_ingest(paths):
        refuse_sealed_day(product, paths, as_of)
        recovered = recover(paths)
        paths.create()
        if source is None and product.generator is not None and not any(paths.landing.iterdir()):
            from dagster_project.demo import write_demo  # noqa: PLC0415 - only the first delivery needs pandas

            write_demo(paths.landing, seed=product.generator.seed, as_of=product.generator.as_of)
        folder = source or paths.landing
        ingest = _Ingest(product, paths, as_of, match_files(product, folder))
        try:
            ingest.prepare_all()
            if not ingest.faults:
                store(paths, ingest.manifests)
        finally:
            shutil.rmtree(incoming(paths), ignore_errors=True)
        report = ingest.report(folder, recovered)
        keep_report(paths, report)
        if ingest.faults:
            raise _rejection(ingest.faults, report)
        for entity in {**product.entities, **_contracted(product)}:
            columns = [column.name for column in entity_contract(product, entity).columns]
            anchor(paths, product.source_of(entity), entity, columns)
        anchor(paths, SOURCE, ENTITY, COLUMNS)
        return report


@dataclass
class _Ingest:
    """The delivery while it is looked at."""

    product: Product
    paths: ProductPaths
    as_of: datetime
    matched: Matched
    manifests: list[Manifest] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    faults: list[tuple[Path | None, DeliveryRejected]] = field(default_factory=list)

    def prepare_all(self) -> None:
        """Look at every file, so that one report names every fault."""
        self.faults += self.matched.faults
        years: set[int] = set()
        with (
            tempfile.TemporaryDirectory(prefix=".decoded-", dir=self.paths.root) as workspace,
            duckdb.connect(config={"temp_directory": workspace, "memory_limit": "2GB"}) as connection,
        ):
            connection.execute("set timezone = 'UTC'")
            for entity in self.product.entities:
                plains = list(self._decoded(self.matched.files.get(entity, []), Path(workspace)))
                full = self.product.entities[entity].mode == "full"
                for files in [plains] if full and plains else [[plain] for plain in plains]:
                    years |= self._prepare(connection, entity, files)
            if not self.faults:
                self._require_every_entity()
                holidays = freeze_holidays(self.product, self.paths, years, self.as_of)
                self.manifests += [holidays] if holidays else []

    def _decoded(self, files: Sequence[Path], workspace: Path) -> Iterator[Plain]:
        seen: set[str] = set()
        for path in files:
            try:
                plain = decode(path, workspace)
            except DeliveryRejected as fault:
                self.faults.append((path, fault))
                continue
            if plain.sha256 not in seen:
                yield plain
            else:
                self.matched.ignored.append(f"{path.name} (the same bytes as another file)")
            seen.add(plain.sha256)

    def _prepare(self, connection: duckdb.DuckDBPyConnection, entity: str, files: Sequence[Plain]) -> set[int]:
        """Prepare one snapshot unless its bytes are in force already; the years it speaks of."""
        contract = entity_contract(self.product, entity)
        digests = sorted(plain.sha256 for plain in files)
        earlier = manifests_of(self.paths, self.product.source_of(entity), entity)
        status, as_of = "new", self.as_of
        same = self._same_bytes(entity, earlier, digests)
        if same is not None and _is_whole(self.paths, same):
            self.outcomes.append(_outcome(same, "unchanged"))
            return self._years(connection, entity, [self.paths.raw / same.folder / file.parquet for file in same.files])
        if same is not None:
            status, as_of, delivery_id = "restored", same.as_of, same.delivery_id
        else:
            delivery_id = delivery_id_of(digests, entity)
            if any(manifest.delivery_id == delivery_id for manifest in earlier):
                delivery_id = delivery_id_of(digests, entity, again=self.as_of)
        try:
            self._refuse_two_truths(entity, earlier, files, same)
            before = next((item for item in reversed(earlier) if item.as_of < as_of), None)
            manifest, notes = prepare(
                connection,
                self.product,
                self.paths,
                entity=entity,
                contract=contract,
                files=files,
                delivery_id=delivery_id,
                as_of=as_of,
                before=before,
            )
        except DeliveryRejected as fault:
            faulty = next((plain.delivered for plain in files if plain.name == fault.where.file), files[0].delivered)
            self.faults.append((faulty, fault))
            names = tuple(plain.name for plain in files)
            self.outcomes.append(Outcome(entity=entity, status="rejected", files=names))
            return set()
        self.manifests.append(manifest)
        self.outcomes.append(_outcome(manifest, status, notes))
        prepared = incoming(self.paths) / manifest.folder
        return self._years(connection, entity, [prepared / file.parquet for file in manifest.files])

    def _same_bytes(self, entity: str, earlier: Sequence[Manifest], digests: list[str]) -> Manifest | None:
        """The delivery that holds these bytes and counts: any of an incremental entity, the last of a full one."""
        if self.product.entities[entity].mode == "full":
            earlier = [manifest for manifest in earlier if manifest.as_of <= self.as_of][-1:]
        return next((manifest for manifest in earlier if list(manifest.source_digest) == digests), None)

    def _refuse_two_truths(
        self, entity: str, earlier: Sequence[Manifest], files: Sequence[Plain], same: Manifest | None
    ) -> None:
        clash = any(manifest.as_of == self.as_of for manifest in earlier)
        if clash and same is None and self.product.entities[entity].mode == "full":
            raise DeliveryRejected(
                f"one delivery of {entity} per instant",
                f"another one with as_of {self.as_of}",
                "Deliver with a later --as-of.",
                Where(file=files[0].name),
            )

    def _years(self, connection: duckdb.DuckDBPyConnection, entity: str, parquet: Sequence[Path]) -> set[int]:
        column = entity_contract(self.product, entity).event_time
        is_history = self.product.source_of(entity) == self.product.source_system
        return years_of(connection, parquet, column) if column and is_history and self.product.country else set()

    def _require_every_entity(self) -> None:
        delivered = {outcome.entity for outcome in self.outcomes}
        for name, entity in self.product.entities.items():
            if entity.optional or name in delivered or manifests_of(self.paths, self.product.source_of(name), name):
                continue
            fault = DeliveryRejected(
                f"files of {name} ({', '.join(entity.files)})",
                "none, neither now nor before",
                f"Drop them into {self.paths.landing.name}/ or name their folder with --from.",
            )
            self.faults.append((None, fault))

    def report(self, folder: Path, recovered: Sequence[str]) -> IngestReport:
        """What was found, with refused files in quarantine."""
        faults: list[Fault] = [quarantine(self.paths, file, fault, self.as_of) for file, fault in self.faults]
        outcomes = self.outcomes
        if faults:
            # Nothing was stored, so nothing is new.
            outcomes = [
                item if item.status == "unchanged" else item.model_copy(update={"status": "rejected"})
                for item in outcomes
            ]
        return IngestReport(
            product=self.product.name,
            as_of=self.as_of,
            source=folder.name,
            outcomes=tuple(outcomes),
            faults=tuple(faults),
            ignored_files=tuple(self.matched.ignored),
            recovered=tuple(recovered),
        )


def _outcome(manifest: Manifest, status: str, notes: Sequence[str] = ()) -> Outcome:
    return Outcome.model_validate(
        {
            "entity": manifest.entity,
            "status": status,
            "files": tuple(file.name for file in manifest.files),
            "delivery_id": manifest.delivery_id,
            "rows": manifest.rows,
            "columns": len(manifest.columns),
            "notes": tuple(notes),
            "warnings": manifest.warnings if status != "unchanged" else (),
            "sla_status": manifest.sla_status,
            "minutes_late": manifest.minutes_late,
        }
    )


def _contracted(product: Product) -> dict[str, EntityContract]:
    """All entities that the SQL of the product's source system may read, used by the product or not."""
    return load_contract(product.source_system).entities if product.source_system in shipped_contracts() else {}


def _is_whole(paths: ProductPaths, manifest: Manifest) -> bool:
    parts = [(paths.raw / manifest.folder / file.parquet, file.parquet_bytes) for file in manifest.files]
    return all(path.is_file() and path.stat().st_size == size for path, size in parts)


def _rejection(faults: Sequence[tuple[Path | None, DeliveryRejected]], report: IngestReport) -> DeliveryRejected:
    first = faults[0][1]
    more = f"; {len(faults) - 1} more faults are in the report" if len(faults) > 1 else ""
    rejection = DeliveryRejected(first.expected, first.found + more, first.do, first.where)
    rejection.report = report
    return rejection
