"""Refused files are kept, each beside the reason; whoever delivered them can look and mend."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

from dagster_project.errors import DeliveryRejected
from dagster_project.ingest.decoding import digest
from dagster_project.ingest.report import Fault
from dagster_project.paths import ProductPaths


def quarantine(paths: ProductPaths, file: Path | None, fault: DeliveryRejected, as_of: datetime) -> Fault:
    """Copy a refused file to `quarantine/<as_of>_<digest>/` with `reason.json`; the same refusal twice is one copy."""
    kept: str | None = None
    record = {
        "file": fault.where.file,
        "row": fault.where.row,
        "column": fault.where.column,
        "expected": fault.expected,
        "found": fault.found,
        "do": fault.do,
        "message": str(fault),
    }
    if file is not None:
        sha256 = digest(file)
        folder = paths.quarantine / f"{as_of:%Y%m%dT%H%M%S}_{sha256[:12]}"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, folder / file.name)
        kept = str((folder / file.name).relative_to(paths.root))
        reason = {**record, "sha256": sha256, "bytes": file.stat().st_size, "as_of": as_of.isoformat()}
        (folder / "reason.json").write_text(json.dumps(reason, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return Fault.model_validate({**record, "quarantined_as": kept})
