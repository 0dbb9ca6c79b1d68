"""Lists of a hundred thousand needs: the order of what hurts first, and what a search costs."""

from django.db import migrations, models
from django.db.models import Case, F, Q, Value, When

from nanchuan.kernel.pieces import tell_cost

OPEN = (
    "submitted",
    "returned",
    "appealed",
    "published",
    "dispatched",
    "disputed",
    "accepted",
    "in_progress",
    "offered",
)
FILTERED = ("status", "category", "urgency", "unit", "accepted_by", "dispatched_to", "audience")


def finished():
    return Case(When(status__in=OPEN, then=Value(0)), default=Value(1))


class Migration(migrations.Migration):
    dependencies = [("services", "0008_clocks_of_before")]

    operations = [
        migrations.RemoveIndex("need", "need_newest"),
        migrations.AddIndex(
            "need", models.Index(fields=["-filed_at", "-id", *FILTERED], name="need_newest")
        ),
        migrations.AddIndex(
            "need",
            models.Index(
                finished(),
                F("due_at").asc(),
                F("filed_at").desc(),
                F("id").desc(),
                *FILTERED,
                name="need_by_due",
            ),
        ),
        migrations.AddIndex(
            "need",
            models.Index(
                finished(),
                F("urgency").desc(),
                F("filed_at").desc(),
                F("id").desc(),
                name="need_by_urgency",
            ),
        ),
        migrations.AddIndex(
            "need",
            models.Index(
                fields=["long_term_since"],
                condition=Q(long_term_since__isnull=False),
                name="need_long_term",
            ),
        ),
        tell_cost(),
    ]
