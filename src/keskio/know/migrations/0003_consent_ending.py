from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("know", "0002_records")]

    operations = [
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(
                condition=models.Q(("expires_at__isnull", False)),
                fields=["expires_at"],
                name="consent_ending",
            ),
        ),
    ]
