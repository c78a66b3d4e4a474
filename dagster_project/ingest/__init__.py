"""From delivered files to immutable raw snapshots, and the questions one may ask about them."""

from dagster_project.ingest.delivery import deliver
from dagster_project.ingest.differences import diff
from dagster_project.ingest.manifest import Manifest, manifests_of
from dagster_project.ingest.report import IngestReport, Outcome
from dagster_project.ingest.verification import Damage, verify_snapshots

__all__ = ["Damage", "IngestReport", "Manifest", "Outcome", "deliver", "diff", "manifests_of", "verify_snapshots"]
