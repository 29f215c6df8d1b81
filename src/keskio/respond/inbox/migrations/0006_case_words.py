from typing import Any

from django.db import migrations, models

# PostgreSQL: the words as they are given, unsorted by any language's rules, under an index.
POSTGRES = (
    "ALTER TABLE inbox_casewords ALTER COLUMN words TYPE tsvector USING words::tsvector",
    "CREATE INDEX case_words ON inbox_casewords USING gin (words)",
)
# SQLite: an index beside the table, kept in step with it whoever changes the table.
SQLITE = (
    """CREATE VIRTUAL TABLE inbox_casewords_index USING fts5 (
        words, content='inbox_casewords', content_rowid='case_id', detail=none, prefix='3',
        tokenize='ascii')""",
    """CREATE TRIGGER case_words_in AFTER INSERT ON inbox_casewords BEGIN
        INSERT INTO inbox_casewords_index (rowid, words) VALUES (new.case_id, new.words);
    END""",
    """CREATE TRIGGER case_words_out AFTER DELETE ON inbox_casewords BEGIN
        INSERT INTO inbox_casewords_index (inbox_casewords_index, rowid, words)
        VALUES ('delete', old.case_id, old.words);
    END""",
    """CREATE TRIGGER case_words_anew AFTER UPDATE OF words ON inbox_casewords BEGIN
        INSERT INTO inbox_casewords_index (inbox_casewords_index, rowid, words)
        VALUES ('delete', old.case_id, old.words);
        INSERT INTO inbox_casewords_index (rowid, words) VALUES (new.case_id, new.words);
    END""",
)


def make_index(apps: Any, schema_editor: Any) -> None:
    is_postgres = schema_editor.connection.vendor == "postgresql"
    with schema_editor.connection.cursor() as cursor:
        for statement in POSTGRES if is_postgres else SQLITE:
            cursor.execute(statement)


def drop_index(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE inbox_casewords_index")


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0005_chat_settings"),
    ]

    operations = [
        migrations.CreateModel(
            name="CaseWords",
            fields=[
                ("case_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("customer_id", models.BigIntegerField(default=0)),
                ("words", models.TextField(default="")),
            ],
            options={
                "indexes": [models.Index(fields=["customer_id"], name="case_words_of_customer")],
            },
        ),
        migrations.RunPython(make_index, drop_index),
    ]
