import sys
from getpass import getpass

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from nanchuan.accounts.actions import accounts, slips
from nanchuan.accounts.models import StaffPost, User


class Command(BaseCommand):
    help = "Create the first administrator: with a password typed here, or with a one-time slip."

    def add_arguments(self, parser):
        parser.add_argument("--username", default="")
        parser.add_argument("--name", default="")
        parser.add_argument("--email", default="")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from one line of stdin"
        )
        parser.add_argument(
            "--another", action="store_true", help="although there is an administrator already"
        )

    def handle(self, **options):
        self.refuse_a_second(options["another"])
        asks = sys.stdin.isatty() and not options["password_stdin"]
        username = options["username"] or (asks and input(_("用户名 [admin]:"))) or "admin"
        name = options["name"] or (asks and input(_("姓名 [系统管理员]:"))) or _("系统管理员")
        user = User(username=username, name=name, email=options["email"])
        self.refuse_impossible(user)
        password = self.password(user, asks, options["password_stdin"])
        with transaction.atomic():
            accounts.create(user, role=StaffPost.Role.ADMIN, by=None)
            if password:
                user.set_password(password)
                user.new_password_required = False
                user.save()
            else:
                self.stdout.write(slip_in_words(user, slips.issue(user, by=None)))
        self.stdout.write(_("已开设系统管理员账号：%(username)s") % {"username": user.username})

    def refuse_a_second(self, another):
        posts = StaffPost.objects.current().filter(role=StaffPost.Role.ADMIN, user__is_active=True)
        if posts.exists() and not another:
            raise CommandError(_("已有系统管理员。确需再增加一位，请加 --another。"))

    def refuse_impossible(self, user):
        user.username = user.username.lower()
        try:
            user.full_clean(exclude=["password"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error

    def password(self, user, asks, from_stdin):
        """The password, judged; nothing if a slip shall lead to one."""
        if from_stdin:
            password = sys.stdin.readline().rstrip("\n")
        elif asks:
            password = getpass(_("密码（不填则打印一次性凭条）："))
            if password and password != getpass(_("再输一次：")):
                raise CommandError(_("两次输入的密码不一致。"))
        else:
            return ""
        if not password and asks:
            return ""
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        return password


def slip_in_words(user, code: str) -> str:
    return _(
        "一次性登录码：%(code)s\n"
        "请在 %(hours)d 小时内打开 %(address)s 输入登录码，为 %(username)s 设置密码。"
    ) % {
        "code": code,
        "hours": settings.SLIP_HOURS,
        "address": settings.SITE_URL + reverse("accounts:slip"),
        "username": user.username,
    }
