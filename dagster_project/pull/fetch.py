"""One pull: every page of an API's answer for the time since the last pull, as one file in the landing folder."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import datetime, timedelta
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path
from typing import Any

from dagster_project.contracts import entity_contract
from dagster_project.errors import ProductError, StepFailed, Where
from dagster_project.paths import ProductPaths
from dagster_project.product import Product
from dagster_project.publishing.durable import write_atomically
from dagster_project.pull.checkpoint import Checkpoint, State
from dagster_project.pull.client import Client, PageUnknown, value_at
from dagster_project.pull.report import Pulled
from dagster_project.pull.settings import Pull

_STAMP = "%Y%m%dT%H%M%S"


def pull_entity(product: Product, paths: ProductPaths, entity: str, until: datetime) -> Pulled:
    """Fetch everything from the last finished pull up to `until` (UTC); an unfinished pull is finished first.

    Raises:
        ProductError: the entity has no `pull`, or its file patterns do not fit the file that a pull writes.
        StepFailed: the API does not answer, answers something else, or leaves records out.
    """
    settings = _settings(product, entity)
    columns = _columns(product, entity, settings)
    checkpoint = Checkpoint(paths.root / "pull" / entity / "unfinished")
    request = _request(settings)
    state = checkpoint.read(request)
    resumed = len(state.pages) if state else 0
    state = state or checkpoint.begin(State(request=request, start=_start(paths, entity, settings), end=_text(until)))
    client = Client(settings)
    try:
        state = _fetch(client, settings, columns, checkpoint, state)
    except PageUnknown:
        if not resumed:
            raise
        # The API no longer knows where the killed pull was: everything once more.
        resumed, state = 0, checkpoint.begin(State(request=request, start=state.start, end=state.end))
        state = _fetch(client, settings, columns, checkpoint, state)
    pages = checkpoint.rows(state)
    rows, repeated = _without_overlap(pages, state.total)
    _require_all(settings, state, len(rows), repeated, checkpoint)
    file = _write(paths, entity, columns, rows, state) if rows else None
    _done(paths, entity).parent.mkdir(parents=True, exist_ok=True)
    write_atomically(_done(paths, entity), json.dumps({"request": request, "end": state.end}))
    checkpoint.forget()
    return Pulled(
        entity=entity,
        file=file,
        rows=len(rows),
        pages=len(state.pages) - resumed,
        resumed_pages=resumed,
        repeated_rows=repeated,
        start=state.start,
        end=state.end,
    )


def _settings(product: Product, entity: str) -> Pull:
    found = product.entities.get(entity)
    if found is None or found.pull is None:
        raise ProductError(
            f"an entity of {product.name} with a section `pull`", repr(entity), "Add entities.<name>.pull, or drop it."
        )
    name = f"{entity}_pulled_20260101T000000_20260102T000000.csv"
    if not any(fnmatch(name, pattern.lower()) for pattern in found.files):
        raise ProductError(
            f"a file pattern of {entity} that fits what a pull writes, such as {name}",
            ", ".join(found.files),
            f'Add "{entity}_pulled_*.csv" to entities.{entity}.files.',
        )
    return found.pull


def _columns(product: Product, entity: str, settings: Pull) -> list[str]:
    """The delivered columns in the order of the contract, then those that it does not promise."""
    promised = [column.name for column in entity_contract(product, entity).columns if column.name in settings.fields]
    return [*promised, *(name for name in settings.fields if name not in promised)]


def _request(settings: Pull) -> str:
    """What makes an unfinished pull the same: what is asked for, not how patiently."""
    said = settings.model_dump(mode="json", exclude={"timeout_s", "attempts", "backoff_s", "token"})
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def _start(paths: ProductPaths, entity: str, settings: Pull) -> str:
    done = _done(paths, entity)
    if done.exists():
        last = datetime.fromisoformat(json.loads(done.read_text(encoding="utf-8"))["end"].removesuffix("Z"))
        return _text(max(last - timedelta(hours=settings.overlap_hours), settings.start.replace(tzinfo=None)))
    return _text(settings.start)


def _done(paths: ProductPaths, entity: str) -> Path:
    return paths.root / "pull" / entity / "done.json"


def _text(instant: datetime) -> str:
    return f"{instant.replace(tzinfo=None, microsecond=0).isoformat()}Z"


def _fetch(client: Client, settings: Pull, columns: list[str], checkpoint: Checkpoint, state: State) -> State:
    fixed = {name: value.format(start=state.start, end=state.end) for name, value in settings.params.items()}
    while not state.is_complete:
        if len(state.pages) >= settings.max_pages:
            raise StepFailed(
                expected=f"at most {settings.max_pages:,} pages",
                found="more",
                do="Raise pull.max_pages, or check that the API's `next` ends.",
                where=Where(place=settings.url),
            )
        page = state.pages[-1].following if state.pages else None
        if page is None and settings.next is None:
            page = str(settings.first_page)
        answer = client.page(fixed if page is None else {**fixed, settings.page_param: page})
        records = _records(answer, settings)
        rows = [[_cell(record, settings.fields[name]) for name in columns] for record in records]
        total = _total(answer, settings)
        if state.pages and total != state.total:
            raise _changed(settings, checkpoint, f"{state.total:,} records", f"{total:,} at a later page")
        state = checkpoint.add(state, rows, _following(answer, settings, page, len(records)), total)
    return state


def _records(answer: Any, settings: Pull) -> list[Any]:
    try:
        records = value_at(answer, settings.records)
    except KeyError:
        records = None
    if not isinstance(records, list):
        raise StepFailed(
            expected=f"a list of records at {settings.records or 'the top of the answer'}",
            found=f"{str(answer)[:80]!r}",
            do="Correct pull.records; nothing was delivered.",
            where=Where(place=settings.url),
        )
    return records


def _total(answer: Any, settings: Pull) -> int | None:
    if settings.total is None:
        return None
    try:
        return int(value_at(answer, settings.total))
    except (KeyError, TypeError, ValueError) as error:
        raise StepFailed(
            expected=f"the number of all records at {settings.total}",
            found=f"{str(answer)[:80]!r}",
            do="Correct pull.total, or drop it; nothing was delivered.",
            where=Where(place=settings.url),
        ) from error


def _cell(record: Any, path: str) -> Any:
    try:
        return value_at(record, path)
    except KeyError as error:
        raise StepFailed(
            expected=f"a value at {path} of every record",
            found=f"{str(record)[:80]!r}",
            do="Correct pull.fields, or ask the owner of the API what has changed; nothing was delivered.",
        ) from error


def _following(answer: Any, settings: Pull, page: str | None, n_records: int) -> str | None:
    if settings.next is not None:
        try:
            following = value_at(answer, settings.next)
        except KeyError:
            return None
        return None if following in (None, "") else str(following)
    return str(int(page or settings.first_page) + 1) if n_records else None


def _without_overlap(pages: list[list[list[Any]]], total: int | None) -> tuple[list[list[Any]], int]:
    """All rows, without those that the page before had already: rows that arrive meanwhile push others onwards.

    Where the API counts as many as came, equal rows are different events.
    """
    if total == sum(map(len, pages)):
        return [row for page in pages for row in page], 0
    rows = list(pages[0])
    repeated = 0
    for before, page in pairwise(pages):
        known = {json.dumps(row) for row in before}
        fresh = [row for row in page if json.dumps(row) not in known]
        repeated += len(page) - len(fresh)
        rows += fresh
    return rows, repeated


def _require_all(settings: Pull, state: State, n_rows: int, repeated: int, checkpoint: Checkpoint) -> None:
    if state.total is not None and n_rows != state.total:
        found = f"{n_rows:,} in {len(state.pages):,} pages ({repeated:,} came twice)"
        raise _changed(settings, checkpoint, f"{state.total:,} records", found)


def _changed(settings: Pull, checkpoint: Checkpoint, expected: str, found: str) -> StepFailed:
    """A deletion moves rows onto pages that were read already: what was fetched is no basis to go on from."""
    checkpoint.forget()
    return StepFailed(
        expected=f"{expected}, as the API counted them",
        found=found,
        do="Nothing was delivered, as the answer changed while it was read. Pull again.",
        where=Where(place=settings.url),
    )


def _write(paths: ProductPaths, entity: str, columns: list[str], rows: list[list[Any]], state: State) -> Path:
    start, end = (datetime.fromisoformat(text.removesuffix("Z")).strftime(_STAMP) for text in (state.start, state.end))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(["" if value is None else _spelled(value) for value in row] for row in rows)
    paths.landing.mkdir(parents=True, exist_ok=True)
    file = paths.landing / f"{entity}_pulled_{start}_{end}.csv"
    write_atomically(file, text.getvalue())
    return file


def _spelled(value: Any) -> str:
    """JSON's own spelling, so that no number is rounded and no boolean is Python's."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
