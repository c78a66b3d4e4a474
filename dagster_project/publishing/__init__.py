"""From the working warehouse to what readers see: a whole, checked copy under a new name, and a pointer to it.

dbt commits table by table, so a killed build leaves tables of different runs side by side. Nobody reads the working
warehouse for that reason: `protocol.publish` copies the serving tables into a new file, a fresh process verifies it,
and only then one atomic rename of `current.json` shows it to readers. A kill at any point leaves the last snapshot
served, and the next publish finishes the work.
"""
