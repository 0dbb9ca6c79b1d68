import json
import os
import secrets
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from nanchuan.portal.demo import load, remove


class Command(BaseCommand):
    help = _("载入演示园区;--remove 恰好移除演示数据。")

    def add_arguments(self, parser):
        parser.add_argument("--seed", type=int, default=26)
        parser.add_argument("--remove", action="store_true")
        parser.add_argument("--if-empty", action="store_true", help=_("数据库中已有数据时不作声。"))

    def handle(self, *, seed, if_empty, **options):
        if options["remove"]:
            return self.remove()
        if load.is_loaded():
            return self.stdout.write(_("演示数据已经载入，没有改变任何内容。"))
        if if_empty and not load.is_empty():
            return None
        try:
            accounts = load.load(seed=seed, password=secrets.token_urlsafe(12))
        except load.DemoRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.write_accounts(accounts)
        return None

    def remove(self):
        demo, dependent = remove.remove()
        self.accounts_file.unlink(missing_ok=True)
        self.stdout.write(
            _("已移除演示数据 %(demo)d 行，以及依附于它们的 %(dependent)d 行。")
            % {"demo": demo, "dependent": dependent}
        )

    @property
    def accounts_file(self) -> Path:
        return settings.VAR_DIR / "demo-accounts.json"

    def write_accounts(self, accounts):
        """Readable by the owner only, from the first byte on."""
        self.accounts_file.unlink(missing_ok=True)
        handle = os.open(self.accounts_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(accounts, file, ensure_ascii=False, indent=1)
        self.stdout.write(_("演示账号（密码相同，保存在 %s）：") % self.accounts_file)
        for account in accounts:
            self.stdout.write("  {persona:10} {username:10} {password}  {name}".format(**account))
