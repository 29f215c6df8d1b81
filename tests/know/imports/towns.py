"""Files of the tests: a few people as a Finnish CRM would write them, and many."""

from __future__ import annotations

from pathlib import Path

MAPPING = """
identifiers: {crm: Asiakasnumero, email: Sähköposti, phone: Puhelin}
traits:
  firstName: Etunimi
  lastName: Sukunimi
  birthday: {column: Syntymäaika, as: date}
  revenue: {column: Liikevaihto, as: number}
consents:
  - {purpose: marketing, channel: email, state: Lupa, text_version: {value: "2026-1"}}
events:
  - name: Order Completed
    at: Tilattu
    id: Tilaus
    properties: {total: {column: Summa, as: number}}
skip:
  - {column: Tila, is: [poistettu]}
"""
HEADER = (
    "Asiakasnumero;Sähköposti;Puhelin;Etunimi;Sukunimi;Syntymäaika;Liikevaihto;Lupa;Tilattu;Tilaus;"
    "Summa;Tila"
)
ROWS = [
    "K1;Aino@Example.com;040 123 4567;Aino;Virtanen;17.5.1980;1 234,50;kyllä;1.3.2024 10.30;T1;19,90;",
    "K2;eero@example.com;;Eero;Mäkinen;;;ei;;;;",
    "K3;ei osoitetta;;Siiri;Niemi;31.2.1990;;;;;;",
    ";;;Kuka;Lie;;;;;;;",
    "K5;ville@example.com;;Ville;Laine;;;;;;;poistettu",
    "K1;;;Aino;Virtanen;;;;2.3.2024 9.15;T2;5,00;",
]


def write(path: Path, rows: list[str] | None = None, *, encoding: str = "utf-8") -> Path:
    """Write a file of `rows`."""
    text = "\r\n".join([HEADER, *(ROWS if rows is None else rows)]) + "\r\n"
    path.write_bytes(text.encode(encoding))
    return path


def many(count: int) -> list[str]:
    """Rows of so many people, each with an order."""
    return [
        f"K{n};p{n}@example.com;+35840{1000000 + n};Aino;Laine{n % 97};1.2.{1950 + n % 50};{n},50;kyllä;"
        f"1.3.2024 10.30;T{n};{n % 100},90;"
        for n in range(count)
    ]
