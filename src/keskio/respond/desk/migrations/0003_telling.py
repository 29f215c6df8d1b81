from django.db import migrations, models

import keskio.kernel.fields


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0002_rules_and_one_draft"),
    ]

    operations = [
        migrations.CreateModel(
            name="Telling",
            fields=[
                (
                    "username",
                    models.CharField(max_length=150, primary_key=True, serialize=False),
                ),
                ("wants_warned", models.BooleanField(default=False)),
                ("wants_handed_over", models.BooleanField(default=False)),
                ("wants_rising", models.BooleanField(default=False)),
                ("language", models.CharField(default="", max_length=10)),
                ("mailed_at", keskio.kernel.fields.InstantField(null=True)),
                ("trouble", models.CharField(default="", max_length=300)),
            ],
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("username", models.CharField(max_length=150)),
                ("event_id", models.BigIntegerField()),
                ("what", models.CharField(max_length=40)),
                ("told", models.JSONField(default=dict)),
                ("at", keskio.kernel.fields.InstantField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("username", "event_id"), name="notice_once")
                ],
            },
        ),
    ]
