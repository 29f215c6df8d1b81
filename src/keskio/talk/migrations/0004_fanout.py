from django.db import migrations, models

import keskio.kernel.fields


class Migration(migrations.Migration):
    dependencies = [("talk", "0003_coupon_ways")]

    operations = [
        migrations.CreateModel(
            name="Fanout",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("dialogue_id", models.BigIntegerField()),
                ("things", models.TextField()),
                ("starts_at", keskio.kernel.fields.InstantField()),
                ("reached", models.BigIntegerField(default=0)),
                ("invited", models.BigIntegerField(default=0)),
                ("ended_at", keskio.kernel.fields.InstantField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["starts_at"],
                        name="fanout_ready",
                    )
                ]
            },
        ),
    ]
