"""What the tests of the demo share."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

from django.apps import apps
from django.core.management import call_command
from django.test import override_settings

from tests.recordings import Recording


def run(*arguments, **options):
    out = io.StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


def _load():
    """The park's files, by their place below VAR_DIR; its rows stand in the database."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with override_settings(VAR_DIR=folder, MEDIA_ROOT=folder / "media"):
            run("demo")
        files = [path for path in folder.rglob("*") if path.is_file()]
        return {
            path.relative_to(folder): (path.read_bytes(), path.stat().st_mode) for path in files
        }


_recorded = Recording(_load)


def load(monkeypatch, folder):
    """What `run("demo")` leaves, in a transaction, with its files in `folder`: it takes a minute
    once instead of each time."""
    for name, (content, mode) in _recorded(monkeypatch).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)


def counts():
    return {model._meta.label: model._base_manager.count() for model in apps.get_models()}
