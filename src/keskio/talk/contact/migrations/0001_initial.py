import keskio.kernel.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Noted",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("customer_id", models.BigIntegerField()),
                ("channel", models.CharField(max_length=20)),
                ("pressure", models.CharField(max_length=20)),
                ("at", keskio.kernel.fields.InstantField()),
                ("source", models.CharField(max_length=200, unique=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["customer_id", "at"], name="noted_of_customer"),
                    models.Index(fields=["at"], name="noted_at"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Trial",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("document", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("stopped", "Stopped"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("from_at", keskio.kernel.fields.InstantField()),
                ("until_at", keskio.kernel.fields.InstantField()),
                ("reached", models.BigIntegerField(default=0)),
                ("customers", models.BigIntegerField(default=0)),
                ("done", models.BigIntegerField(default=0)),
                ("result", models.JSONField(default=dict)),
                ("detail", models.TextField(default="")),
                ("began_at", keskio.kernel.fields.InstantField()),
                ("ended_at", keskio.kernel.fields.InstantField(null=True)),
                ("began_by", models.CharField(default="", max_length=150)),
            ],
        ),
    ]
