"""What the tests of the demo share."""

import io

from django.apps import apps
from django.core.management import call_command


def run(*arguments, **options):
    out = io.StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


def counts():
    return {model._meta.label: model._base_manager.count() for model in apps.get_models()}
