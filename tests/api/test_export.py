"""Exports: the whole table in each format, and nothing in them that a spreadsheet would run."""

import csv
import io

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

COLUMNS = ["unique_id", "store", "product", "ds", "yhat"]


def export(client, table="forecast_latest", **params):
    headers = params.pop("headers", {})
    answer = client.get(f"/v1/export/{table}", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def test_every_format_holds_the_same_rows(client):
    text = export(client, format="csv")
    rows = list(csv.DictReader(io.StringIO(text.text)))
    parquet = pq.read_table(io.BytesIO(export(client, format="parquet").content))
    arrow = pa.ipc.open_stream(export(client, format="arrow").content).read_all()
    sheet = openpyxl.load_workbook(io.BytesIO(export(client, format="xlsx").content), read_only=True).active
    cells = list(sheet.iter_rows(values_only=True))
    assert len(rows) == parquet.num_rows == arrow.num_rows == len(cells) - 1 == 420
    assert parquet.equals(arrow)
    assert [float(row["yhat"]) for row in rows] == parquet["yhat"].to_pylist()
    assert list(cells[0]) == parquet.column_names == list(rows[0])
    assert [row[cells[0].index("yhat")] for row in cells[1:]] == pytest.approx(parquet["yhat"].to_pylist())
    assert rows[0]["ds"] == "2024-07-01"


def test_a_file_has_a_name_and_a_type(client):
    answer = export(client, format="xlsx")
    assert answer.headers["content-disposition"] == 'attachment; filename="forecast_latest.xlsx"'
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    assert export(client, format="csv").headers["content-type"] == "text/csv; charset=utf-8"


def test_the_accept_header_chooses_the_format(client):
    for accept, media in (
        ("application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        ("text/html, text/csv;q=0.5", "text/csv; charset=utf-8"),
        ("*/*", "text/csv; charset=utf-8"),
    ):
        assert export(client, headers={"Accept": accept}).headers["content-type"] == media
    refused = client.get("/v1/export/forecast_latest", headers={"Accept": "image/png"})
    assert (refused.status_code, refused.json()["code"]) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_text_that_looks_like_a_formula_is_escaped_in_spreadsheets(client, kind):
    answer = export(client, "dim_series", format=kind)
    if kind == "csv":
        cells = [cell for row in csv.reader(io.StringIO(answer.text)) for cell in row]
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        cells = [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
        assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert any(cell.startswith("'=cmd()") for cell in cells)
    assert not [cell for cell in cells if cell[:1] in set("=+@\t\r")]


def test_programs_get_the_text_as_it_is(client, example):
    table = pq.read_table(io.BytesIO(export(client, "dim_series", format="parquet").content))
    assert example.NASTY_STORE in table["store"].to_pylist()


def test_excel_gets_its_mark_for_utf8_on_request(client):
    assert export(client, format="csv", bom="1").content.startswith(b"\xef\xbb\xbf")
    assert not export(client, format="csv").content.startswith(b"\xef\xbb\xbf")


def test_one_series_can_be_exported(client):
    text = export(client, format="csv", unique_id="S1|P1").text
    assert len(text.splitlines()) == 29


def test_tables_of_every_schema_are_offered_by_name(client):
    assert "completeness" in export(client, "monitoring.checks", format="csv").text
    assert "'=1+1" in export(client, "monitoring.checks", format="csv").text
    assert "forecast_timestamp" in export(client, "compat.bigquery_ml", format="csv").text


@pytest.mark.parametrize("table", ["nothing", "features.bottom", "information_schema.tables", "dim_series;", "marts"])
def test_what_is_not_published_is_unknown(client, table):
    answer = client.get(f"/v1/export/{table}")
    assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN_TABLE")
    assert "forecast_latest" in answer.json()["detail"]


def test_an_empty_table_is_an_empty_file_with_its_columns(client):
    assert export(client, "monitoring.prediction_log", format="csv").text.strip() == '"request_id","unique_id","status"'
    empty = pq.read_table(io.BytesIO(export(client, "monitoring.prediction_log", format="parquet").content))
    assert (empty.num_rows, empty.column_names) == (0, ["request_id", "unique_id", "status"])


def test_excel_has_a_row_limit(client_of):
    client = client_of(max_xlsx_rows=100)
    answer = client.get("/v1/export/forecast_latest", params={"format": "xlsx"})
    assert (answer.status_code, answer.json()["code"]) == (413, "EXPORT_TOO_LARGE")


def test_an_export_can_be_kept_and_asked_for_again(client):
    etag = export(client, format="csv").headers["etag"]
    again = client.get("/v1/export/forecast_latest", params={"format": "csv"}, headers={"If-None-Match": etag})
    assert again.status_code == 304
