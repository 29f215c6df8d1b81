from django.db import migrations, models

import keskio.kernel.fields


class Migration(migrations.Migration):
    dependencies = [("talk", "0004_fanout")]

    operations = [
        migrations.CreateModel(
            name="Merged",
            fields=[
                ("record_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("customer_id", models.BigIntegerField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="Aside",
            fields=[
                ("enrolment_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("by_id", models.BigIntegerField()),
                ("customer_id", models.BigIntegerField(db_index=True)),
                ("at", keskio.kernel.fields.InstantField()),
                ("state", models.BinaryField()),
            ],
        ),
    ]
