"""Two who write on one thing: the second sees what the first saved, loses nothing, and chooses."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from nanchuan.circulars.actions import answers, publishing
from nanchuan.circulars.forms.answers import key_of
from nanchuan.circulars.models import Addressee
from nanchuan.kernel.uploads import read_document
from tests import make, make_circulars

pytestmark = pytest.mark.django_db
MARKS = ["x", "9999-99-99", "2026-01-01T00:00", "2026-01-01T00:00+08:00", "1" * 10_000]


@pytest.fixture
def officer(cast):
    make.term(cast.lin_branch, make.member(cast.lin_branch, user=make.user(name="陈")), "组织委员")
    return cast.lin_branch.terms.get(post__name="组织委员").member.user


@pytest.fixture
def row(cast, sun, officer):
    post = make.post("组织委员", leads=False)
    meant = make_circulars.Target(kind="post", post=post)
    made = make_circulars.circular(meant, questions=["做法", "人数"], by=sun)
    return made.addressees.select_related("circular").get()


def page_of(row):
    return reverse("circulars:addressee-answer", args=[row.pk])


class Writer:
    """Somebody with the form open, in a browser of their own."""

    def __init__(self, user, row):
        self.client, self.page = Client(), page_of(row)
        self.client.force_login(user)
        self.names = [f"q{each.pk}" for each in row.circular.questions.all()]
        self.look(self.client.get(self.page))

    def look(self, answer):
        self.shown = answer.content.decode()
        self.form = (answer.context or {}).get("form")
        return self

    def send(self, *typed, **more):
        facts = {"seen": self.form["seen"].value(), "once": str(uuid.uuid4())} | more
        facts |= dict(zip(self.names, typed, strict=False))
        return self.look(self.client.post(self.page, facts, follow=True))


def kept(row):
    return [list(each.answers.values()) for each in row.submissions.all()]


@pytest.mark.parametrize("act", [{"draft": "1"}, {}], ids=["draft", "submit"])
def test_the_second_sees_what_the_first_saved_and_may_go_on(cast, row, officer, act):
    lin, chen = (Writer(user, row) for user in (cast.lin, officer))
    lin.send("林的做法", "12", draft="1")
    chen.send("陈的做法", "13", **act)
    assert "已由lin于" in chen.shown and "您填写的没有保存" in chen.shown
    assert chen.form[chen.names[0]].value() == "陈的做法"  # what was typed is not lost
    assert "林的做法" in chen.shown  # nor what was saved unseen
    assert kept(row) == [["林的做法", "12"]]
    chen.send("陈的做法", "13", **act)
    assert kept(row) == [["陈的做法", "13"]]
    lin.send("林又写", "12", draft="1")
    assert kept(row) == [["陈的做法", "13"]]
    assert "林又写" in lin.shown


def test_whoever_saves_again_alone_is_not_asked(cast, row):
    lin = Writer(cast.lin, row)
    for words in ("一", "二", "三"):
        lin.send(words, "12", draft="1")
    lin.send("四", "12")
    assert kept(row) == [["四", "12"]]
    assert Addressee.objects.get(pk=row.pk).sent


def test_once_it_is_handed_in_the_second_keeps_the_text_at_least(cast, row, officer):
    lin, chen = (Writer(user, row) for user in (cast.lin, officer))
    lin.send("林的做法", "12")
    for act in ({"draft": "1"}, {}):
        chen.send("陈的做法", "13", **act)
        assert "已由lin于" in chen.shown and "报送，不能再改" in chen.shown
        assert chen.form[chen.names[0]].value() == "陈的做法"
    assert kept(row) == [["林的做法", "12"]]


def test_once_it_is_recalled_the_text_is_still_there(cast, row, sun):
    lin = Writer(cast.lin, row)
    publishing.recall(row.circular, reason="写错", by=sun)
    lin.send("林的做法", "12")
    assert "已撤回”，不能再办理" in lin.shown and "林的做法" in lin.shown
    assert kept(row) == []


def test_a_form_from_before_a_return_does_not_begin_the_next_version(cast, row, officer, sun):
    chen = Writer(officer, row)
    make_circulars.submitted(row, cast.lin)
    answers.send_back(Addressee.objects.get(pk=row.pk), reason="改", by=sun)
    chen.send("陈的做法", "13", draft="1")
    assert "您填写的没有保存" in chen.shown
    assert len(kept(row)) == 1


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_that_was_tampered_with_is_as_good_as_none(cast, row, mark):
    lin = Writer(cast.lin, row)
    lin.send("一", "12", draft="1", seen=mark)
    lin.send("二", "12", draft="1", seen=mark)
    assert kept(row) == [["一", "12"]]


# ── Files of the version before ─────────────────────────────────────────────────────────────


def with_files(cast, sun, *names):
    made = make_circulars.circular(
        cast.lin_branch, questions=[{"text": "总结", "kind": "file"}], by=sun
    )
    row, question = made.addressees.select_related("circular").get(), made.questions.get()
    files = [(question, read_document(make.office_file("总结.docx")))]
    files += [(None, read_document(make.office_file(name))) for name in names]
    make_circulars.submitted(row, cast.lin, files=files)
    answers.send_back(Addressee.objects.get(pk=row.pk), reason="改", by=sun)
    return row


@pytest.mark.parametrize("act", [{"draft": "1"}, {}], ids=["draft", "submit"])
def test_files_of_what_came_back_are_taken_out_at_once(cast, sun, act):
    row = with_files(cast, sun, "多余.docx")
    lin = Writer(cast.lin, row)
    assert "删去已上传的文件" in lin.shown
    (extra,) = [file for file in lin.form.kept if file.name == "多余.docx"]
    lin.send(removed=[key_of(extra)], **act)
    first, second = row.submissions.all()
    assert [file.name for file in first.files.all()] == ["总结.docx", "多余.docx"]
    assert [file.name for file in second.files.all()] == ["总结.docx"]


def test_the_file_that_answers_a_question_is_not_missed_in_silence(cast, sun):
    row = with_files(cast, sun)
    lin = Writer(cast.lin, row)
    lin.send(removed=[key_of(lin.form.kept[0])])
    assert "还没有填写：总结" in lin.shown
    assert not Addressee.objects.get(pk=row.pk).sent


def test_nobody_takes_out_a_file_of_another(cast, sun):
    others = with_files(cast, sun, "别人.docx").submissions.get().files.all()
    made = make_circulars.circular(cast.wu_branch, questions=["做法"], by=sun)
    wu = Writer(cast.wu, made.addressees.get())
    wu.send("做法", removed=[key_of(file) for file in others], draft="1")
    assert made.addressees.get().submissions.count() == 1
    assert others.count() == 2
