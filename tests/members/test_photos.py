"""Photos come in from three sides checked, and go out only to who sees the activity."""

from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from members.models import Activity, ActivityPhoto
from nanchuan.kernel import uploads
from tests import make
from tests.members.test_log_activity import CREATE, typed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def stored(media) -> list[Path]:
    return [path for path in media.rglob("*") if path.is_file()] if media.exists() else []


def log(client, cast, *photos, **changes):
    return client.post(CREATE, typed(cast, photos=list(photos), **changes))


def with_place() -> bytes:
    """A JPEG that knows where it was taken, lying on its side, with a comment."""
    file, exif = BytesIO(), Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(0x8825)[1] = "N"
    Image.new("RGB", (120, 80), "red").save(
        file, "JPEG", exif=exif, comment="<script>alert(1)</script>"
    )
    return file.getvalue()


def test_a_photo_is_written_anew_without_place_and_upright(sign_in, cast, media):
    data = with_place()
    assert b"PhoneMaker" in data and b"<script>" in data
    log(sign_in(cast.lin), cast, SimpleUploadedFile("a.JPG", data, "image/jpeg"))
    photo = ActivityPhoto.objects.get()
    kept = photo.image.read()
    assert b"PhoneMaker" not in kept and b"<script>" not in kept and b"Exif" not in kept
    with Image.open(BytesIO(kept)) as image:
        assert image.size == (80, 120)
        assert not image.getexif()
    assert len(stored(media)) == 2
    assert all("a.JPG" not in path.name for path in stored(media))


@pytest.mark.parametrize(
    ("name", "form"), [("a.png", "PNG"), ("a.webp", "WEBP"), ("a.heic", "HEIF"), ("a.jpeg", "JPEG")]
)
def test_what_phones_make_is_taken(sign_in, cast, name, form):
    log(sign_in(cast.lin), cast, make.photo(name, form=form))
    with ActivityPhoto.objects.get().image.open() as file:
        assert file.read(3) == b"\xff\xd8\xff"


def test_a_large_photo_becomes_small_with_a_thumbnail(sign_in, cast):
    log(sign_in(cast.lin), cast, make.photo(size=(3000, 1500)))
    photo = ActivityPhoto.objects.get()
    with Image.open(photo.image) as image, Image.open(photo.thumbnail) as small:
        assert image.size == (2000, 1000)
        assert small.size == (400, 200)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("图.svg", SVG),
        ("图.jpg", SVG),
        ("图.html", HTML),
        ("图.png", HTML),
        ("图.jpg", b"GIF89a" + HTML),
        ("图.gif", b"GIF89a" + HTML),
        ("图.jpg", b"\xff\xd8\xff" + HTML),
        ("图.jpg", b"\xff\xd8\xff\xe0" + b"\x00" * 3000),
        ("图.heic", b"\x00\x00\x00\x18ftypheic" + b"\x00" * 500),
        ("图.jpg.exe", b"MZ"),
        ("图", b"\xff\xd8\xff"),
        ("图.jpg", b""),
    ],
)
def test_what_is_no_photo_is_refused_by_name(sign_in, cast, media, name, data):
    response = log(sign_in(cast.lin), cast, SimpleUploadedFile(name, data), guests="王列席")
    page = response.content.decode()
    assert list(response.context["form"].errors) == ["photos"]
    if data:
        assert name in str(response.context["form"].errors)
    assert "王列席" in page
    assert "浏览器不会保留" in page
    assert not Activity.objects.exists()
    assert not stored(media)


def test_a_png_that_calls_itself_jpg_is_refused(sign_in, cast):
    response = log(sign_in(cast.lin), cast, make.photo("a.jpg", form="PNG"))
    assert "a.jpg" in str(response.context["form"].errors)


def test_one_bad_photo_among_good_ones_saves_nothing(sign_in, cast, media):
    response = log(sign_in(cast.lin), cast, make.photo("一.jpg"), SimpleUploadedFile("二.jpg", SVG))
    assert "二.jpg" in str(response.context["form"].errors)
    assert "一.jpg" not in str(response.context["form"].errors)
    assert not Activity.objects.exists() and not stored(media)


def test_a_bomb_of_pixels_is_refused(sign_in, cast, monkeypatch):
    monkeypatch.setattr(uploads, "PIXEL_BUDGET", 120 * 80 - 1)
    for form, name in (("PNG", "a.png"), ("JPEG", "a.jpg"), ("HEIF", "a.heic")):
        response = log(sign_in(cast.lin), cast, make.photo(name, form=form))
        assert "像素太多" in str(response.context["form"].errors)


def test_a_true_bomb_costs_nothing(sign_in, cast):
    """A few kilobytes that claim a thousand million pixels."""
    import struct
    import zlib

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data
            + struct.pack(">I", zlib.crc32(kind + data))
        )  # fmt: skip

    head = struct.pack(">IIBBBBB", 32000, 32000, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"0" * 9999))
    response = log(sign_in(cast.lin), cast, SimpleUploadedFile("bomb.png", data))
    assert "bomb.png" in str(response.context["form"].errors)


def test_a_file_over_the_limit_is_refused_by_name(sign_in, cast, settings):
    settings.UPLOAD_MAX_BYTES = 500
    photo = make.photo("大.jpg", size=(800, 600))
    response = log(sign_in(cast.lin), cast, photo)
    assert "大.jpg" in str(response.context["form"].errors)
    assert not Activity.objects.exists()


def test_a_file_over_the_limit_never_reaches_memory_or_disk(sign_in, cast, settings):
    settings.UPLOAD_MAX_BYTES = 100_000
    settings.FILE_UPLOAD_HANDLERS = [
        "nanchuan.kernel.uploads.QuotaHandler",
        "django.core.files.uploadhandler.TemporaryFileUploadHandler",
    ]
    big = SimpleUploadedFile("大.jpg", b"\xff\xd8\xff" + b"0" * 300_000)
    response = log(sign_in(cast.lin), cast, big)
    assert not response.wsgi_request.FILES
    assert "大.jpg" in str(response.context["form"].errors)


def test_nine_are_enough(sign_in, cast):
    response = log(sign_in(cast.lin), cast, *(make.photo(f"{n}.jpg") for n in range(10)))
    assert "最多 9 张" in str(response.context["form"].errors)
    log(sign_in(cast.lin), cast, *(make.photo(f"{n}.jpg") for n in range(9)))
    assert ActivityPhoto.objects.count() == 9


@pytest.mark.parametrize("changes", [{"starts_at": "2100-01-01T08:00"}, {"place": ""}])
def test_photos_of_a_refused_activity_wait_in_its_draft(sign_in, cast, media, changes):
    client, facts = sign_in(cast.lin), typed(cast, photos=[make.photo()], text="写了很久") | changes
    response = client.post(CREATE, facts)
    page, draft = response.content.decode(), Activity.objects.get()
    assert (response.status_code, draft.status, draft.text) == (200, "draft", "写了很久")
    assert "浏览器不会保留" not in page and f"photos/{draft.photos.get().pk}/thumbnail" in page
    assert len(stored(media)) == 2
    again = typed(cast, once=facts["once"], revision=draft.revision)
    assert client.post(reverse("members:activity-edit", args=[draft.pk]), again).status_code == 302
    assert (Activity.objects.get().status, draft.photos.count()) == ("submitted", 1)
    assert len(stored(media)) == 2


def test_a_failure_after_the_photos_takes_them_away(sign_in, cast, media, monkeypatch):
    from nanchuan.kernel import events

    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(events, "record", fail)
    with pytest.raises(RuntimeError):
        log(sign_in(cast.lin), cast, make.photo())
    assert not stored(media)


def test_photos_are_served_to_who_sees_the_activity(sign_in, cast, sun):
    log(sign_in(cast.lin), cast, make.photo())
    pk = ActivityPhoto.objects.get().pk
    person = make.member(cast.lin_branch, user=make.user())
    for name in ("activity-photo", "activity-thumbnail"):
        url = reverse(f"members:{name}", args=[pk])
        for user in (cast.lin, sun, person.user):
            response = sign_in(user).get(url)
            assert response["Content-Type"] == "image/jpeg"
            assert response["X-Content-Type-Options"] == "nosniff"
            assert response["Content-Disposition"].startswith("inline")
            assert "private" in response["Cache-Control"]
            assert b"".join(response.streaming_content).startswith(b"\xff\xd8\xff")
        for user in (cast.wu, cast.zhao):
            assert sign_in(user).get(url).status_code == 404
        assert sign_in(make.staff("admin")).get(url).status_code == 403
    assert sign_in(cast.lin).get("/members/activities/photos/99999/").status_code == 404


def test_a_correction_removes_and_adds_photos(
    sign_in, cast, media, django_capture_on_commit_callbacks
):
    client = sign_in(cast.lin)
    log(client, cast, make.photo(), make.photo())
    activity, first = Activity.objects.get(), ActivityPhoto.objects.first()
    url = reverse("members:activity-edit", args=[activity.pk])
    facts = typed(cast, revision=activity.revision, removed=[first.pk], photos=[make.photo()])
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(url, facts).status_code == 302
    assert activity.photos.count() == 2
    assert first not in activity.photos.all()
    assert len(stored(media)) == 4


def test_photos_of_another_activity_cannot_be_removed(sign_in, cast, media):
    log(sign_in(cast.wu), cast, make.photo(), host=cast.wu_member.pk, members=[cast.wu_member.pk])
    theirs = ActivityPhoto.objects.get()
    log(sign_in(cast.lin), cast, make.photo())
    mine = Activity.objects.get(organization=cast.lin_branch)
    url = reverse("members:activity-edit", args=[mine.pk])
    response = sign_in(cast.lin).post(url, typed(cast, revision=mine.revision, removed=[theirs.pk]))
    assert "removed" in response.context["form"].errors
    assert ActivityPhoto.objects.filter(pk=theirs.pk).exists()
