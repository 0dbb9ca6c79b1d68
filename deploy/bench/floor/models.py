from django.db import models


class Row(models.Model):
    """A line of the floor's table: as wide as a member in the roster."""

    branch = models.IntegerField()
    number = models.CharField(max_length=16)
    name = models.CharField(max_length=40)
    gender = models.CharField(max_length=1)
    born_on = models.DateField()
    joined_on = models.DateField()
    post = models.CharField(max_length=40)
    standing = models.CharField(max_length=8)

    class Meta:
        indexes = [models.Index(fields=["branch", "id"], name="floor_row_of_branch")]

    def __str__(self):
        return self.name
