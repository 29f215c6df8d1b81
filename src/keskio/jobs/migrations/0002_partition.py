from django.db import migrations, models

import keskio.kernel.fields


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="PartitionRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("work", models.CharField(max_length=100)),
                ("number", models.SmallIntegerField()),
                ("holder", models.CharField(default="", max_length=120)),
                ("until", keskio.kernel.fields.InstantField(default=0)),
                ("position", models.BigIntegerField(default=0)),
            ],
            options={"db_table": "jobs_partition"},
        ),
        migrations.AddConstraint(
            model_name="partitionrow",
            constraint=models.UniqueConstraint(fields=("work", "number"), name="partition_once"),
        ),
    ]
