"""Settings files: YAML that refuses doubled keys, and faults that name the file, the key and what to write."""

from __future__ import annotations

import difflib
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from dagster_project.errors import UsageError, Where


def read_yaml(path: Path, fault: type[UsageError]) -> dict[str, Any]:
    """The mapping in a YAML file, a doubled key refused (plain YAML keeps the last one without a word)."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506 - a SafeLoader below
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise fault("YAML in UTF-8", str(error).replace("\n", " "), "Mend that line.", Where(file=path.name)) from error
    if not isinstance(content, dict):
        raise fault("a mapping of keys to values", type(content).__name__, "See a shipped file.", Where(file=path.name))
    return content


def validation_fault(
    error: ValidationError, path: Path, schema: type[BaseModel], fault: type[UsageError]
) -> UsageError:
    """The first fault of a validated file as one of our errors, the number of the others beside it."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    others = f" ({error.error_count() - 1} more after it)" if error.error_count() > 1 else ""
    if first["type"] == "extra_forbidden":
        known = sorted(_field_names(schema))
        close = difflib.get_close_matches(str(first["loc"][-1]), known, n=1)
        return fault(
            expected="only keys that mean something",
            found=f"an unknown key{others}",
            do=f"Did you mean {close[0]!r}?" if close else "Remove it, or see a shipped file for the keys there are.",
            where=Where(file=path.name, column=key),
        )
    if first["type"] == "missing":
        return fault("a value", f"nothing{others}", f"Add {key!r}.", Where(file=path.name, column=key))
    reason = str(first["msg"]).removeprefix("Value error, ")
    return fault(
        expected=reason.removeprefix("expected ")
        if reason.startswith("expected ")
        else reason[:1].lower() + reason[1:],
        found=f"{first['input']!r:.200}{others}",
        do="Mend the file.",
        where=Where(file=path.name, column=key or None),
    )


def _field_names(schema: type[BaseModel]) -> set[str]:
    names: set[str] = set()
    for name, field in schema.model_fields.items():
        names.add(name)
        for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(part, type) and issubclass(part, BaseModel):
                names |= _field_names(part)
    return names


class _StrictLoader(yaml.SafeLoader):
    """YAML that refuses a key written twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key!r} is written twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)
