from django.core.management.commands import flush

from nanchuan.kernel.appendonly import take_rules


class Command(flush.Command):
    """Empty every table; the append-only ones too, whose rules come back afterwards."""

    def handle(self, **options):
        take_rules()
        super().handle(**options)
