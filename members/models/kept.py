"""Results of the check-up that are kept, and what tells whether they still hold."""

from django.db import models, transaction


class ChangeQuerySet(models.QuerySet):
    def fold(self) -> None:
        """All rows become one that concerns everything: whatever was kept is reckoned anew.

        The new mark exceeds the sum of the old ones, so that no sum ever comes back.
        """
        table = self.model._meta.db_table
        with transaction.atomic():
            with transaction.get_connection().cursor() as cursor:
                cursor.execute(f"DELETE FROM {table} RETURNING mark")
                marks = sum(mark for (mark,) in cursor.fetchall())
            self.create(mark=marks + 1)


class Change(models.Model):
    """Something that the check-up reads was written: of an organization, of a person, or of all.

    Triggers of the database add the rows (`members.checkup.watch`), and nobody changes one: the
    sum of the marks that concern somebody only grows. Keys are no references, because what was
    written may be that a row went.
    """

    organization = models.BigIntegerField(null=True)
    member = models.BigIntegerField(null=True)
    mark = models.BigIntegerField()

    objects = ChangeQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["organization"],
                condition=models.Q(organization__isnull=False),
                name="change_of_organization",
            ),
            models.Index(
                fields=["member"],
                condition=models.Q(member__isnull=False),
                name="change_of_member",
            ),
        ]

    def __str__(self):
        return f"{self.organization} {self.member}"


class KeptYear(models.Model):
    """The check-up of one organization in one year, as it was reckoned last.

    `asked` stands for what it was reckoned with, `marks` is the sum of the changes that concerned
    it by then, `found` what was found (`members.checkup.kept`).
    """

    organization = models.BigIntegerField()
    year = models.IntegerField()
    asked = models.CharField(max_length=32)
    marks = models.BigIntegerField()
    found = models.TextField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["organization", "year"], name="kept_year_once")
        ]

    def __str__(self):
        return f"{self.organization} {self.year}"
