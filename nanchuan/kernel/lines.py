"""Numbers and small lists that come as columns, so that a page asks once for several."""

from django.db.models import F, IntegerField, JSONField, Subquery
from django.db.models.functions import JSONObject


class Counted(Subquery):
    """The number of rows of a queryset, as a column."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()
    empty_result_set_value = 0


class Lines(Subquery):
    """The values of the rows of a queryset as a column, in the order of the rows.

    `Lines(rows, on="starts_on", name="unit__name")` is a list of dicts with these names,
    `Lines(rows, "unit__name")` a list of single values. Dates come as ISO texts. Only for a few
    rows: it is worked out for each record that carries it.
    """

    output_field = JSONField()

    def __init__(self, queryset, value=None, /, **names):
        super().__init__(queryset.values(line=F(value) if value else JSONObject(**names)))
        self.sqlite_line = "line" if value else "json(line)"

    def as_sqlite(self, compiler, connection):
        template = f"(SELECT json_group_array({self.sqlite_line}) FROM (%(subquery)s))"
        return self.as_sql(compiler, connection, template=template)

    def as_postgresql(self, compiler, connection):
        template = "(SELECT coalesce(jsonb_agg(line), '[]') FROM (%(subquery)s) AS lines)"
        return self.as_sql(compiler, connection, template=template)
