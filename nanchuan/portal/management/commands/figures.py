import json
from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from nanchuan.portal.figures import count

KEYS = (
    "organizations",
    "committees",
    "general_branches",
    "branches",
    "members",
    "groups",
    "enterprises",
    "needs_collected",
    "projects_matched",
    "needs_solved",
)


class Command(BaseCommand):
    help = _("以 JSON 输出园区的各项数字，可指定截止日期。")

    def add_arguments(self, parser):
        parser.add_argument("--as-of", metavar="YYYY-MM-DD")

    def handle(self, *, as_of, **options):
        try:
            on = date.fromisoformat(as_of) if as_of else None
        except ValueError as error:
            raise CommandError(_("日期应写成 2026-11-23 的样子：%s") % as_of) from error
        values = count(on)
        self.stdout.write(json.dumps({key: values[key] for key in KEYS}, ensure_ascii=False))
