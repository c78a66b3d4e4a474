"""Text of any usual encoding arrives as the characters that were meant."""

import csv
import datetime as dt
import gzip
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dagster_project.ingest import manifests_of
from tests.dagster_project.ingest.shop import AS_OF, GOOD, Shop

NAMES = ["Kiel Förde", "Čeština", "日本", "emoji 😀", "שלום"]
WESTERN = ["Kiel Förde", "“quoted” — €5", "Ærø"]


def text_of(names, line_end="\n"):
    return line_end.join(["date,shop,sold,promo", *(f"2026-02-01,{name},1,0" for name in names)]) + line_end


def shops_of(shop):
    return [row[0] for row in shop.rows(columns="shop")]


@pytest.mark.parametrize(
    ("content", "names", "encoding"),
    [
        (text_of(NAMES).encode(), NAMES, "utf-8"),
        (text_of(NAMES).encode("utf-8-sig"), NAMES, "utf-8"),
        (text_of(NAMES).encode("utf-16"), NAMES, "utf-16-le"),
        (text_of(NAMES).encode("utf-16-be"), NAMES, "utf-16-be"),
        (text_of(WESTERN).encode("cp1252"), WESTERN, "windows-1252"),
        (text_of(["Kiel Förde"]).encode("latin-1"), ["Kiel Förde"], "windows-1252"),
        (text_of(NAMES).encode() + "2026-02-02,Förde,1,0\n".encode("cp1252"), [*NAMES, "Förde"], "windows-1252"),
        (gzip.compress(text_of(WESTERN).encode("cp1252")), WESTERN, "windows-1252"),
    ],
    ids=["utf8", "utf8_mark", "utf16", "utf16_no_mark", "cp1252", "latin1", "mixed", "gzip_cp1252"],
)
def test_names_arrive_as_they_were_meant_and_the_encoding_is_recorded(shop, content, names, encoding):
    shop.deliver({"sales.csv.gz" if content[:2] == b"\x1f\x8b" else "sales.csv": content})
    assert shops_of(shop) == names
    (file,) = manifests_of(shop.paths)[0].files
    assert file.encoding == encoding
    assert encoding == "utf-8" or any("converted from" in note for note in file.notes)


def test_the_note_says_from_which_row_on_the_text_is_not_utf8(shop):
    shop.deliver({"sales.csv": (GOOD + "2026-03-01,Förde,1,0\n").encode("cp1252")})
    assert any("not UTF-8 from row 57 on" in note for note in manifests_of(shop.paths)[0].files[0].notes)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_read(shop, line_end):
    shop.deliver({"sales.csv": text_of(NAMES, line_end)})
    assert shops_of(shop) == NAMES


def test_mixed_line_ends_end_rows_alike(shop):
    content = text_of(["A"], "\r\n") + "2026-02-02,B,1,0\n2026-02-03,C,1,0\r\n"
    shop.deliver({"sales.csv": content})
    assert shop.rows(columns="shop, promo") == [("A", "0"), ("B", "0"), ("C", "0")]
    assert "mixed line ends read as line feeds" in manifests_of(shop.paths)[0].files[0].notes


def test_a_line_feed_in_a_quoted_value_of_a_windows_file_stays(shop):
    shop.deliver({"sales.csv": 'date,shop,sold,promo\r\n2026-02-01,"two\nlines",1,0\r\n2026-02-02,"B\r\nC",1,0\r\n'})
    assert shop.rows(columns="shop") == [("two\nlines",), ("B\r\nC",)]


def test_line_ends_quotes_and_delimiters_inside_quotes_belong_to_the_value(shop):
    shop.deliver({"sales.csv": 'date,shop,sold,promo\n2026-02-01,"two\nlines, ""quoted""",1,0\n2026-02-02,B,1,0\n'})
    assert shop.rows(columns="shop, _row_number") == [('two\nlines, "quoted"', 1), ("B", 2)]


def test_a_missing_last_line_end_is_noted(shop):
    shop.deliver({"sales.csv": GOOD.rstrip("\n")})
    assert any("not cut off" in note for note in manifests_of(shop.paths)[0].files[0].notes)


def test_blank_lines_at_the_end_are_no_rows(shop):
    report = shop.deliver({"sales.csv": GOOD + "\n\n"})
    assert report.rows == 56


def test_columns_without_a_name_get_one(shop):
    shop.deliver({"sales.csv": ",date,shop,sold,promo\n0,2026-02-01,A,1,0\n"})
    assert manifests_of(shop.paths)[0].columns == ("unnamed_1", "date", "shop", "sold", "promo")


values = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(values.filter(str.strip), min_size=1, max_size=8), days=st.integers(0, 400))
def test_whatever_the_text_is_it_comes_back_and_a_second_delivery_changes_nothing(
    tmp_path_factory, product, names, days
):
    shop = Shop(product, tmp_path_factory.mktemp("any"))
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["date", "shop", "sold", "promo"])
    writer.writerows([["2026-02-01", name, "1", "0"] for name in names])
    first = shop.deliver({"sales.csv": out.getvalue()})
    before = shop.state()
    again = shop.deliver({"sales.csv": out.getvalue()}, as_of=AS_OF + dt.timedelta(days=days))
    assert first.rows == len(names)
    assert shops_of(shop) == names
    assert not again.changed
    assert shop.state() == before
