import json
from argparse import RawDescriptionHelpFormatter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from members.importing.importer import RosterImporter
from nanchuan.kernel.importing import importers, previewing, staging, working
from nanchuan.kernel.importing.importers import Choices
from nanchuan.kernel.importing.lines import ERROR, STATES
from nanchuan.kernel.importing.models import ImportBatch
from nanchuan.kernel.importing.reading import ImportRefused
from nanchuan.kernel.states import StepRefused


class Command(BaseCommand):
    help = _(
        "导入党员名册（xlsx、xls、et、csv）。默认只预览并输出 JSON，不改动数据；"
        "--apply 才导入，有一行出错就整份不导入（--skip-errors 跳过出错的行）。"
        "导入后可以在门户中按批撤销。"
    )

    def create_parser(self, *args, **kwargs):
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--apply", action="store_true", help=_("导入，而不只是预览。"))
        parser.add_argument(
            "--skip-errors", action="store_true", help=_("跳过出错的行，导入其余的。")
        )
        parser.add_argument("--sheet", default="", help=_("工作表名称；不填则自动选择。"))

    def handle(self, *, file, apply, skip_errors, sheet, **options):
        self.importer = importers.of(RosterImporter.kind)
        try:
            data = file.read_bytes()
            table = self.importer.read_table(data, sheet)
        except OSError as error:
            raise CommandError(
                _("读不到文件“%(file)s”：%(error)s。") % {"file": file, "error": error.strerror}
            ) from None
        except ImportRefused as refusal:
            raise CommandError(str(refusal)) from None
        roster = self.importer.make(table, Choices(), name=file.name)
        if roster.missing:
            raise CommandError(
                _("没有找到这些列：%(names)s。请核对列名。")
                % {"names": _("、").join(roster.missing)}
            )
        self.importer.judge(roster.lines)
        if apply:
            self.apply(file, data, roster, skip_errors)
        self.show(roster.lines)

    def show(self, lines):
        counts = dict.fromkeys(STATES, 0)
        for line in lines:
            counts[line.state] += 1
        labels = self.importer.labels
        rows = [
            {"row": line.number, "state": line.state, "reasons": line.reasons(labels)}
            for line in lines
        ]
        self.stdout.write(
            json.dumps({"counts": counts, "rows": rows}, ensure_ascii=False, indent=1)
        )

    def apply(self, file, data, roster, skip_errors):
        """The same way as in the portal, so that the portal can take it back."""
        errors = sum(line.state == ERROR for line in roster.lines)
        if errors and not skip_errors:
            self.show(roster.lines)
            raise CommandError(
                _(
                    "有 %(number)d 行出错，没有导入任何人。"
                    "请先更正，或加上 --skip-errors 跳过这些行。"
                )
                % {"number": errors}
            )
        if all(line.state in ("same", ERROR) for line in roster.lines):
            return
        batch = staging.upload(data, file.name, kind=self.importer.kind, by=None)
        previewing.store_made(batch, roster)
        try:
            staging.confirm(batch, by=None, skip_errors=skip_errors)
        except StepRefused as refusal:
            raise CommandError(str(refusal)) from None
        working.work(batch)
        batch.refresh_from_db()
        if batch.status != ImportBatch.Status.APPLIED:
            raise CommandError(batch.notice)
