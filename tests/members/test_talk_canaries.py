"""What was said in a talk stands in no answer, no export, no log and no column of the database."""

import importlib
import logging

import pytest
from auditlog.models import LogEntry
from django.apps import apps
from django.core import mail
from django.db import connection
from django.urls import NoReverseMatch, reverse

from members.actions import talks
from members.models import Activity, ActivityKind, TalkNote
from nanchuan.kernel.policies import READ, all_policies
from tests import make, make_talk

pytestmark = pytest.mark.django_db
CANARY = "金丝雀谈话原文"
FOLLOW = "金丝雀后续跟进"
EXPORTS = ("", "?export=xlsx", "?export=docx")


@pytest.fixture
def note(cast):
    wang = make.member(cast.lin_branch, user=make.user())
    made = make_talk.talk(cast.lin_member, wang, content=CANARY, follow_up=FOLLOW)
    talks.read(made, by=wang.user)
    return made


def addresses(pk):
    for name, policy in all_policies().items():
        if not policy.methods >= READ:
            continue
        for arguments in ({}, {"pk": pk}):
            try:
                yield name, reverse(name, kwargs=arguments)
            except NoReverseMatch:
                continue


def body(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def unpacked(data: bytes) -> bytes:
    """Office files are archives: what stands inside them counts."""
    from io import BytesIO
    from zipfile import ZipFile

    if not data.startswith(b"PK"):
        return data
    with ZipFile(BytesIO(data)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("persona", ["sun", "auditor", "fellow", "chief"])
def test_no_page_and_no_file_holds_the_words(client, cast, note, persona, caplog):
    people = {
        "sun": make.staff(),
        "auditor": make.staff("auditor"),
        "fellow": make.member(cast.lin_branch, user=make.user()).user,
        "chief": make.secretary(cast.root).user,  # may read them, by an act of its own
    }
    client.force_login(people[persona])
    caplog.set_level(logging.DEBUG)
    told, asked = [], 0
    for name, address in addresses(note.pk):
        for export in EXPORTS if name.endswith(("-list", "-detail", "-papers")) else ("",):
            answer = client.get(address + export)
            asked += 1
            data = unpacked(body(answer)).decode(errors="ignore")
            told += [(name, export)] if CANARY in data or FOLLOW in data else []
    assert told == []
    assert asked > 100
    assert CANARY not in caplog.text
    assert not any(CANARY in str(message.message()) for message in mail.outbox)


def test_no_column_holds_the_words(note, cast, client):
    client.force_login(cast.lin)
    client.post(
        reverse("members:talk-edit", args=[note.pk]),
        {"once": "8f14e45f-ceea-467f-a0e6-3c9d1c1a1111", "content": CANARY, "revision": 0},
    )
    note.refresh_from_db()
    assert note.revision == 1
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            assert CANARY not in str(cursor.fetchall()), table


def test_the_editing_form_shows_them_to_nobody_but_its_writer(client, cast, sun, note):
    edit = reverse("members:talk-edit", args=[note.pk])
    other = note.activity.members.exclude(pk=cast.lin_member.pk).get()
    for user in (sun, make.secretary(cast.root).user, other.user):
        client.force_login(user)
        assert client.get(edit).status_code in (403, 404)
    client.force_login(cast.lin)
    page = client.get(edit)
    assert CANARY in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert page.content.decode().count("data-no-draft") >= 2  # not kept in the browser


def test_what_earlier_talks_said_is_sealed(cast, sun):
    """As the migration finds them: the words in the activity, and in the log of field changes."""
    kind = ActivityKind.objects.get(code="talk")
    member = make.member(cast.lin_branch)
    with_member = make.activity(cast.lin_branch, kind=kind, title=f"{CANARY}题", text=CANARY)
    with_lin = make.activity(
        cast.lin_branch, kind=kind, host=cast.lin_member, members=[member], text=CANARY
    )
    entries = LogEntry.objects.filter(object_id__in=[with_member.pk, with_lin.pk])
    assert any(CANARY in str(entry.changes) for entry in entries)
    sealing = importlib.import_module("members.migrations.0016_talks_sealed")
    sealing.seal(apps, None)
    for talk, superior in ((with_member, cast.lin_branch), (with_lin, cast.root)):
        note = TalkNote.objects.get(activity=talk)
        assert CANARY in note.content
        assert note.superior == superior
    assert set(Activity.objects.values_list("title", "text")) == {("谈心谈话", "")}
    assert not any(CANARY in str((each.changes, each.object_repr)) for each in entries.all())
