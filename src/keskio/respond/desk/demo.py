"""Ready texts, macros and saved lists of the demo company; past answers are learnt from its closed cases."""

from __future__ import annotations

from datetime import datetime

from keskio.respond.desk.actions import save_macro, save_snippet
from keskio.respond.desk.contracts import Wanted
from keskio.respond.desk.learning import learn_from
from keskio.respond.desk.models import Macro, Snippet, View
from keskio.respond.inbox.contracts import DONE
from keskio.respond.inbox.models import Case

BY = "admin"
SNIPPETS = (
    (
        "kiitos",
        {"fi": "Kiitos viestistä", "en": "Thanks for writing"},
        {
            "fi": "Hei {{ customer.first_name }}, kiitos viestistäsi!",
            "en": "Hi {{ customer.first_name }}, thank you for your message!",
        },
    ),
    (
        "pahoittelu",
        {"fi": "Pahoittelu", "en": "Apology"},
        {
            "fi": "Olemme pahoillamme, että näin kävi. Selvitämme asian heti.",
            "en": "We are sorry that this happened. We are looking into it now.",
        },
    ),
    (
        "aukiolo",
        {"fi": "Aukioloajat", "en": "Opening hours"},
        {
            "fi": "Olemme auki maanantaista perjantaihin 9–18 ja lauantaisin 10–15.",
            "en": "We are open from Monday to Friday 9–18 and on Saturdays 10–15.",
        },
    ),
    (
        "terveisin",
        {"fi": "Terveiset", "en": "Regards"},
        {
            "fi": "Terveisin\n{{ me.name }}\nPyöräliike Ketju",
            "en": "Kind regards,\n{{ me.name }}\nKetju Bicycles",
        },
    ),
)
MACROS = (
    (
        "kiita-ja-sulje",
        """title: {fi: Kiitä ja sulje, en: Thank and close}
does:
  - reply: {snippet: kiitos}
  - close: yes
""",
    ),
    (
        "pyyda-kuva",
        """title: {fi: Pyydä kuva ja odota, en: Ask for a picture and wait}
does:
  - draft:
      fi: Hei {{ customer.first_name }}, voisitko lähettää kuvan viasta? Niin pääsemme heti alkuun.
      en: Hi {{ customer.first_name }}, could you send a picture of the fault? Then we can start at once.
  - kind: complaint
  - assign: me
""",
    ),
)


def seed_demo(_now: datetime) -> None:
    """Fill the desk; what is there already is left as it is."""
    for key, title, text in SNIPPETS:
        if not Snippet.objects.filter(key=key).exists():
            save_snippet(None, key=key, title=title, text=text, by=BY)
    for key, document in MACROS:
        if not Macro.objects.filter(key=key).exists():
            save_macro(None, key=key, text=document, by=BY)
    wanted = Wanted(list="all", kind="complaint")
    query = {name: getattr(wanted, name) for name in wanted.__struct_fields__}
    View.objects.get_or_create(owner="", title="Valitukset", defaults={"query": query})
    learn_from(Case.objects.filter(place=DONE).values_list("pk", flat=True))
