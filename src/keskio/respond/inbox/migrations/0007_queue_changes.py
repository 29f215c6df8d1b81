from django.db import migrations, models

import keskio.kernel.fields


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0006_case_words"),
    ]

    operations = [
        migrations.AddField(
            model_name="queue",
            name="changed_at",
            field=keskio.kernel.fields.InstantField(null=True),
        ),
        migrations.AddField(
            model_name="queue",
            name="changed_by",
            field=models.CharField(default="", max_length=150),
        ),
    ]
