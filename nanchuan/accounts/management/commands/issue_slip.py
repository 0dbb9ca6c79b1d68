from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from nanchuan.accounts.actions import slips
from nanchuan.accounts.management.commands.create_admin import slip_in_words
from nanchuan.accounts.models import User
from nanchuan.kernel.states import StepRefused


class Command(BaseCommand):
    help = "Print a one-time slip for an account, when nobody can do so in the portal."

    def add_arguments(self, parser):
        parser.add_argument("username")

    def handle(self, username, **options):
        user = User.objects.filter(username=username.strip().lower()).first()
        if user is None:
            raise CommandError(_("没有这个用户名：%(username)s") % {"username": username})
        try:
            self.stdout.write(slip_in_words(user, slips.issue(user, by=None)))
        except StepRefused as refusal:
            raise CommandError(str(refusal)) from refusal
