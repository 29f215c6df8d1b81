"""Benchmarks: what Keskiö costs beside its peers, on this machine, in the same run.

Each measured run is a process of its own and is checked before its figure counts. Start them with
`keskio bench NAME`. A benchmark fails on wrong counts, never on time.
"""
