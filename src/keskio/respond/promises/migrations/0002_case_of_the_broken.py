from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("promises", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="promise",
            name="repair_case_id",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name="promise",
            index=models.Index(
                condition=models.Q(("holds_back", True)),
                fields=["repair_case_id"],
                name="promise_repair",
            ),
        ),
    ]
