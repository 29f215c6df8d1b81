"""The hand-batched Django twin at its fastest: rows written back by an upsert."""

from __future__ import annotations

from benchmarks.peers.django_bulk import DjangoUpsert

CONTESTANT = DjangoUpsert
