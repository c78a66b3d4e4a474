"""Read-only HTTP over published snapshots: it computes nothing, and it imports none of our other packages.

A snapshot becomes an immutable index in memory (`index`), a poller swaps in the next one (`serving`), and requests are
answered from it. Whatever goes wrong with a new snapshot, the last good one is served, and every answer says so.
"""
