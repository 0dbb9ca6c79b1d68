"""Small lists that come with the record they belong to, so that a page asks once for several."""

from django.db.models import JSONField, Subquery
from django.db.models.functions import JSONObject


class Lines(Subquery):
    """The values of the rows of a queryset as a column: a list of dicts, in the order of the rows.

    `Lines(rows, on="starts_on", name="unit__name")` names what each dict holds. Dates come as
    ISO texts. Only for a few rows: it is worked out for each record that carries it.
    """

    output_field = JSONField()

    def __init__(self, queryset, **names):
        super().__init__(queryset.values(line=JSONObject(**names)))

    def as_sqlite(self, compiler, connection):
        template = "(SELECT json_group_array(json(line)) FROM (%(subquery)s))"
        return self.as_sql(compiler, connection, template=template)

    def as_postgresql(self, compiler, connection):
        template = "(SELECT coalesce(jsonb_agg(line), '[]') FROM (%(subquery)s) AS lines)"
        return self.as_sql(compiler, connection, template=template)
