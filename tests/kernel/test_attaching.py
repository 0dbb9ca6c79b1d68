"""Files are stored with their row under a name that says nothing, and go if the row does not
come to be."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from alliance.models import Regulation, RegulationFile
from nanchuan.kernel import attaching, uploads
from nanchuan.kernel.states import StepRefused
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def draft(db):
    return Regulation.objects.create(text="charter", number=1, title="章程")


def stored(media):
    return [path for path in media.rglob("*") if path.is_file()] if media.exists() else []


def cleaned(*files):
    return uploads.documents_field().clean(list(files))


def attach(draft, *files, **kwargs):
    return attaching.attach(RegulationFile, cleaned(*files), regulation=draft, **kwargs)


def test_a_file_is_kept_with_its_name_and_who_added_it_when(media, draft, sun):
    at = timezone.now() - timedelta(days=3)
    (row,) = attach(draft, make.pdf("第一稿.pdf"), by=sun, at=at)
    row.refresh_from_db()
    assert (row.name, row.kind, row.size) == ("第一稿.pdf", "pdf", make.pdf().size)
    assert (row.added_by, row.added_at) == (sun, at)
    (path,) = stored(media)
    assert path.read_bytes() == make.pdf().read()
    assert "第一稿" not in str(path) and path.suffix == ""


def test_a_transaction_that_fails_leaves_no_file(media, draft):
    with pytest.raises(RuntimeError), transaction.atomic():
        attach(draft, make.pdf(), make.office_file())
        assert len(stored(media)) == 2
        raise RuntimeError
    assert stored(media) == []


def test_a_part_that_fails_takes_only_its_own_files_away(media, draft):
    with transaction.atomic():
        attach(draft, make.pdf("留下.pdf"))
        with pytest.raises(RuntimeError), transaction.atomic():
            attach(draft, make.pdf("不留.pdf"))
            raise RuntimeError
    assert [row.name for row in draft.files.all()] == ["留下.pdf"]
    assert len(stored(media)) == 1


def test_a_row_that_fails_leaves_no_file(media, draft, monkeypatch):
    monkeypatch.setattr(RegulationFile, "save", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        attach(draft, make.pdf(), make.pdf())
    assert stored(media) == []


def test_beyond_the_limit_nothing_is_added(media, draft, monkeypatch):
    monkeypatch.setattr(attaching, "MOST_FILES", 2)
    attach(draft, make.pdf())
    with pytest.raises(StepRefused, match="附件最多 2 个"):
        attach(draft, make.pdf(), make.pdf())
    assert draft.files.count() == len(stored(media)) == 1


def test_a_file_is_taken_out_with_its_row_once_that_is_certain(media, draft):
    attach(draft, make.pdf())
    with pytest.raises(RuntimeError), transaction.atomic():
        attaching.take_out(RegulationFile.objects.get())
        raise RuntimeError
    assert len(stored(media)) == draft.files.count() == 1
    attaching.take_out(RegulationFile.objects.get())
    assert stored(media) == [] and not draft.files.exists()


def test_the_answer_is_a_download_that_no_browser_runs(media, draft):
    (row,) = attach(draft, make.pdf("第一稿.pdf"))
    answer = attaching.answer(row)
    assert b"".join(answer.streaming_content) == make.pdf().read()
    assert answer["Content-Disposition"].startswith("attachment; filename")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Security-Policy"].startswith("sandbox")
