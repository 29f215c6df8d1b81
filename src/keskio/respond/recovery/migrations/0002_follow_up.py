from django.db import migrations, models

import keskio.kernel.fields


class Migration(migrations.Migration):
    dependencies = [
        ("recovery", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="planrun",
            name="follow_up_at",
            field=keskio.kernel.fields.InstantField(null=True),
        ),
        migrations.AddIndex(
            model_name="planrun",
            index=models.Index(
                condition=models.Q(("follow_up_at__isnull", False)),
                fields=["follow_up_at"],
                name="plan_run_follow_up",
            ),
        ),
    ]
