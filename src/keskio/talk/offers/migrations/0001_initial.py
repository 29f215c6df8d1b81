import keskio.kernel.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Redemption",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("event_id", models.BigIntegerField(unique=True)),
                ("at", keskio.kernel.fields.InstantField()),
                ("customer_id", models.BigIntegerField()),
                ("code", models.CharField(max_length=60)),
                ("coupon_id", models.BigIntegerField(null=True)),
                ("offer_id", models.BigIntegerField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("redeemed", "Redeemed"),
                            ("unknown", "Unknown"),
                            ("expired", "Expired"),
                            ("used", "Used"),
                        ],
                        max_length=10,
                    ),
                ),
                ("value", models.FloatField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["offer_id", "at"], name="redemption_of_offer"),
                    models.Index(fields=["customer_id"], name="redemption_of_customer"),
                ],
            },
        ),
    ]
