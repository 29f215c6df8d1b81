"""What becomes of a code: assigned when its message left, back into the stock when none can leave."""

from django.db import migrations, models
from django.db.models import Q

import keskio.kernel.fields

CARRY_ON = """
    UPDATE talk_offer SET made = given WHERE kind = 'generator'
"""
# Codes given before this was followed count as delivered: none of them is given to anybody else.
SETTLE = """
    UPDATE talk_coupon SET assigned_at = reserved_at, is_settled = TRUE WHERE reserved_at IS NOT NULL
"""


class Migration(migrations.Migration):
    """Columns for what becomes of a code, and the indexes that find those still open."""

    dependencies = [("talk", "0002_enrolment_record")]

    operations = [
        migrations.AddField("offer", "made", models.BigIntegerField(default=0)),
        migrations.AddField("offer", "turn", models.BigIntegerField(default=0)),
        migrations.AddField("offer", "valid_for", models.BigIntegerField(null=True)),
        migrations.AddField("coupon", "assigned_at", keskio.kernel.fields.InstantField(null=True)),
        migrations.AddField("coupon", "valid_until", keskio.kernel.fields.InstantField(null=True)),
        migrations.AddField("coupon", "redeemed_value", models.FloatField(null=True)),
        migrations.AddField("coupon", "is_settled", models.BooleanField(default=False)),
        migrations.RunSQL(CARRY_ON, migrations.RunSQL.noop),
        migrations.RunSQL(SETTLE, migrations.RunSQL.noop),
        migrations.AddIndex(
            "coupon",
            models.Index(
                fields=["offer", "id"], name="coupon_free", condition=Q(reserved_at__isnull=True)
            ),
        ),
        migrations.AddIndex(
            "coupon",
            models.Index(
                fields=["enrolment_id"],
                name="coupon_open",
                condition=Q(reserved_at__isnull=False, is_settled=False),
            ),
        ),
    ]
