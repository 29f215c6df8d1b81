from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("talk", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="enrolment", name="record_id", field=models.BigIntegerField(null=True)
        ),
    ]
