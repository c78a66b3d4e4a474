"""Log lines: complete, in order, in files of bounded size, and never in the way."""

import io
import json

from api import json_lines
from api.json_lines import JsonLines


def test_lines_are_written_in_order_and_all_of_them_before_the_end():
    stream = io.BytesIO()
    lines = JsonLines(stream)
    for number in range(1000):
        lines.put({"number": number, "text": "a\nb"})
    lines.close()
    assert [json.loads(line)["number"] for line in stream.getvalue().splitlines()] == list(range(1000))


def test_files_are_made_with_their_folder_and_rotated_when_full(tmp_path):
    file = tmp_path / "demo" / "2024-07-01.jsonl"
    for _ in range(3):
        lines = JsonLines(max_file_bytes=100)
        lines.put({"text": "x" * 80}, file)
        lines.close()
    assert sorted(path.name for path in file.parent.iterdir()) == [
        "2024-07-01.1.jsonl",
        "2024-07-01.2.jsonl",
        "2024-07-01.jsonl",
    ]


def test_what_cannot_be_written_is_counted_and_nothing_fails(tmp_path, monkeypatch):
    (tmp_path / "in_the_way").touch()
    lines = JsonLines()
    lines.put({"a": 1}, tmp_path / "in_the_way" / "file.jsonl")
    lines.close()
    assert lines.dropped == 1
    monkeypatch.setattr(json_lines, "MAX_WAITING", 3)
    standing_still = JsonLines(io.BytesIO())
    for number in range(10):
        standing_still.put({"number": number})
    assert standing_still.dropped > 0
    standing_still.close()
