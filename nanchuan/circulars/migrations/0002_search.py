"""Circulars are found by a part of their title, text or number."""

from django.db import migrations

from nanchuan.kernel.pieces import index_pieces


class Migration(migrations.Migration):
    dependencies = [("circulars", "0001_initial")]

    operations = [
        index_pieces("circulars_circular", "title"),
        index_pieces("circulars_circular", "text"),
        index_pieces("circulars_circular", "number"),
    ]
