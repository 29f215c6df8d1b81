from django.db import migrations, models

import keskio.kernel.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Group",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("name", models.CharField(default="", max_length=200)),
                ("key", models.CharField(default="", max_length=500)),
                ("business_id", models.CharField(default="", max_length=9)),
                ("traits", models.TextField(default="{}")),
                ("trait_times", models.TextField(default="{}")),
                ("search", models.TextField(default="")),
                ("created_at", keskio.kernel.fields.InstantField()),
                ("updated_at", keskio.kernel.fields.InstantField()),
                ("source_id", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("key", ""), _negated=True),
                        fields=("key",),
                        name="group_key",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("business_id", ""), _negated=True),
                        fields=("business_id",),
                        name="group_business_id",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Member",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("group_id", models.BigIntegerField()),
                ("record_id", models.BigIntegerField()),
                ("role", models.CharField(default="member", max_length=30)),
                ("since", keskio.kernel.fields.InstantField()),
                ("ended_at", keskio.kernel.fields.InstantField(null=True)),
                ("source_id", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("group_id", "record_id"),
                        name="member_once",
                    )
                ],
                "indexes": [models.Index(fields=["record_id"], name="member_of_record")],
            },
        ),
    ]
