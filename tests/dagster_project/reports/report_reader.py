"""A report read back from its HTML: its tables as rows, its histogram, and what it would fetch."""

import re
from html.parser import HTMLParser


class ReportReader(HTMLParser):
    """`tables` holds, by name, one dict per row: column to the exact value as text."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.bins, self.fetched, self.headings = {}, [], [], []
        self._table, self._in_heading = None, False
        self.feed(text)
        # The style may not fetch either.
        self.fetched += re.findall(r"url\(|@import", text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.fetched += [given[name] for name in ("src", "data") if name in given]
        if tag in {"script", "link", "iframe"} or str(given.get("href", "#"))[:1] != "#":
            self.fetched.append(tag)
        if tag == "table":
            self._table = self.tables.setdefault(given["data-table"], [])
        elif tag == "tr" and self._table is not None:
            self._table.append({})
        elif tag == "td":
            self._table[-1][given["data-column"]] = given["data-value"]
        elif tag == "rect" and "data-n" in given:
            self.bins.append(int(given["data-n"]))
        self._in_heading = tag == "h3"

    def handle_data(self, data):
        if self._in_heading:
            self.headings.append(data)

    def handle_endtag(self, tag):
        self._in_heading = False
        if tag == "table":
            self.tables = {name: [row for row in rows if row] for name, rows in self.tables.items()}
            self._table = None
