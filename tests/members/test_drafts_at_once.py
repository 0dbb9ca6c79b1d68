"""Requests of one page, or of two phones, that arrive at the same moment."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from members.actions import activities, drafting
from members.models import Activity
from nanchuan.kernel import uploads
from tests import make
from tests.races import at_once, refusals

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time by itself"),
]
ROUNDS = 4


@pytest.fixture
def branch(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    make.activity_kind()
    return make.organization()


def test_two_savings_of_one_page_begin_one_draft(branch):
    user = make.user()
    for _round in range(ROUNDS):
        once = uuid4()
        acts = [
            lambda text=text, once=once: drafting.begin(branch, once=once, by=user, text=text)
            for text in ("先写的", "后写的")
        ]
        drafts = at_once(*acts)
        assert not refusals(drafts)
        assert drafts[0].pk == drafts[1].pk
    assert Activity.objects.count() == ROUNDS


def test_of_two_phones_one_is_told(branch):
    user, kind = make.user(), make.activity_kind()
    draft = activities.draft(branch, by=user, kind=kind, starts_at=timezone.now())
    rows = [Activity.objects.select_related("organization", "kind").get() for _each in range(2)]
    acts = [lambda row=row: activities.keep(row, by=user, text=str(id(row))) for row in rows]
    assert len(refusals(at_once(*acts))) == 1
    assert Activity.objects.get().revision == draft.revision + 1


def picture() -> uploads.Picture:
    photo = make.photo()
    return uploads.read_photo(SimpleUploadedFile(photo.name, photo.read()))


def test_of_two_last_photos_one_fits(branch):
    user, kind = make.user(), make.activity_kind()
    draft = activities.draft(branch, by=user, kind=kind, starts_at=timezone.now())
    for _each in range(uploads.MOST_PHOTOS - 1):
        drafting.add_photo(draft, picture())
    acts = [lambda one=one: drafting.add_photo(draft, one) for one in (picture(), picture())]
    assert len(refusals(at_once(*acts))) == 1
    assert draft.photos.count() == uploads.MOST_PHOTOS


def test_no_photo_slips_into_a_record_that_was_handed_in(branch):
    host = make.member(branch)
    facts = {"kind": make.activity_kind(), "starts_at": timezone.now(), "host": host}
    for _round in range(ROUNDS):
        draft = activities.draft(branch, by=make.user(), place="会议室", text="学习", **facts)
        row = Activity.objects.select_related("organization", "kind", "host").get(pk=draft.pk)
        one, user = picture(), draft.logged_by
        results = at_once(
            lambda row=row, user=user: activities.submit(row, by=user),
            lambda row=row, one=one: drafting.add_photo(row, one),
        )
        draft.refresh_from_db()
        assert draft.status == Activity.Status.SUBMITTED
        assert draft.photos.count() == 1 - len(refusals(results))


def test_a_photo_that_is_sent_twice_at_once_is_one(branch):
    """The phone gave the first sending up while the server was still at it."""
    draft = activities.draft(
        branch, by=make.user(), kind=make.activity_kind(), starts_at=timezone.now()
    )
    for number in range(1, ROUNDS + 1):
        once = uuid4()
        acts = [
            lambda one=one, once=once: drafting.add_photo(draft, one, once=once).pk
            for one in (picture(), picture())
        ]
        first, second = at_once(*acts)
        assert first == second
        assert draft.photos.count() == number
