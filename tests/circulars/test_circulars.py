"""The office sends a circular; branches read it, confirm it and send back what was asked."""

import io
import uuid
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from members.models import Unit
from nanchuan.circulars.actions import answers, circulars, publishing, receivers
from nanchuan.circulars.forms.answers import key_of
from nanchuan.circulars.forms.circulars import CircularForm
from nanchuan.circulars.models import Addressee, Circular, Numbering, Target
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.uploads import read_document
from tests import make, make_circulars

pytestmark = pytest.mark.django_db


def url(name, row):
    return reverse(f"circulars:{name}", args=[row.pk])


def send(client, address, **given):
    return client.post(address, {"once": str(uuid.uuid4())} | given, follow=True)


def seen(client, page):
    """What the form remembers of the version that it shows."""
    return client.get(page).context["form"]["seen"].value()


def words(answer):
    return answer.content.decode()


def test_the_office_writes_chooses_looks_and_publishes(sign_in, sun, cast):
    client = sign_in(sun)
    send(
        client,
        reverse("circulars:circular-create"),
        kind="notice",
        title="关于开展主题党日的通知",
        text="请按时开展。",
        needs_receipt="on",
    )
    circular = Circular.objects.get()
    assert circular.is_draft
    assert "还没有选择" in words(client.get(circular.get_absolute_url()))
    send(client, url("circular-receivers", circular), subtrees=[cast.root.pk])
    page = words(client.get(url("circular-publish", circular)))
    assert "共 4 个：党组织 4 个，单位 0 个" in page
    assert "lin党支部" in page
    seal = page.split('name="confirm" value="')[1].split('"')[0]
    send(client, url("circular-publish", circular), confirm=seal)
    circular.refresh_from_db()
    assert circular.status == "published"
    assert circular.number == f"南园党〔{timezone.localdate().year}〕1号"
    assert circular.addressees.count() == 4


def test_while_boxes_are_ticked_the_page_says_who_that_is(sign_in, sun, cast):
    circular = make_circulars.draft(by=sun)
    answer = sign_in(sun).post(
        url("circular-receivers", circular),
        {"groups": [cast.group.pk], "organizations": [cast.lin_branch.pk]},
        headers={"HX-Request": "true"},
    )
    assert "共 3 个：党组织 1 个，单位 2 个" in words(answer)
    assert not circular.targets.exists()


def test_receivers_are_resolved_each_once(cast):
    kind = Target.Kind
    post = make.post("组织委员", leads=False)
    make.term(cast.wu_branch, post_name="组织委员")
    unseated = make.unit()
    group = make.organization(cast.lin_branch, kind="party_group")
    found = receivers.resolve([Target(kind=kind.PARK)])
    assert group not in found.organizations
    assert len(found.organizations) == 4
    found = receivers.resolve(
        [
            Target(kind=kind.ORGANIZATION, organization=cast.wu_branch),
            Target(kind=kind.POST, post=post),
            Target(kind=kind.UNIT, unit=unseated),
            Target(kind=kind.ALLIANCE),
            Target(kind=kind.GROUP, group=cast.group),
        ]
    )
    assert found.organizations == [cast.wu_branch]
    assert found.posts == {cast.wu_branch.pk: {post.pk}}
    assert set(found.units) == set(Unit.objects.all())


def test_a_draft_that_lacks_something_does_not_go_out(cast, sun):
    for lacking, word in (
        (make_circulars.draft(), "发给谁"),
        (make_circulars.draft(cast.lin_branch, text=""), "正文和附件"),
        (make_circulars.draft(cast.lin_branch, due_at=make_circulars.days(-1)), "已经过去"),
        (make_circulars.draft(cast.lin_branch, needs_submission=True), "截止时间"),
    ):
        with pytest.raises(StepRefused, match=word):
            publishing.publish(lacking, by=sun)
        lacking.refresh_from_db()
        assert lacking.number is None
    made = make_circulars.circular(cast.lin_branch)
    assert made.serial == 1  # what was refused left no gap


def test_what_is_out_is_not_written_on(sign_in, cast, sun):
    circular, client = make_circulars.circular(cast.lin_branch, questions=["做法"]), sign_in(sun)
    pages = [url(f"circular-{name}", circular) for name in ("edit", "receivers", "ask")]
    for page in [*pages, url("question-edit", circular.questions.get())]:
        assert "已经发布的通知不能再修改" in words(client.get(page, follow=True))
    mark = CircularForm(instance=circular, user=sun)["seen"].value()
    facts = {"kind": "notice", "title": "新", "text": "新", "seen": mark}
    assert "已经发布" in words(send(client, pages[0], **facts))


@pytest.mark.parametrize(
    ("due", "told"), [("2020-01-01T10:00", "已经过去"), ("9999-12-31T23:59", "太远"), ("x", "真实")]
)
def test_a_deadline_lies_ahead_but_not_too_far(sign_in, sun, due, told):
    facts = {"kind": "collection", "title": "报送", "text": "内容很长", "due_at": due}
    answer = send(sign_in(sun), reverse("circulars:circular-create"), **facts)
    assert told in words(answer)
    assert "内容很长" in words(answer)  # what was typed is not lost


def test_who_was_meant_stays_fixed(cast):
    circular = make_circulars.circular(Target(kind="park"))
    make.organization(cast.root, name="后来的党支部")
    assert circular.addressees.count() == 4


def test_opening_it_marks_it_as_read_by_whom(sign_in, cast, sun):
    circular = make_circulars.circular(cast.lin_branch, cast.wu_branch)
    sign_in(cast.lin).get(circular.get_absolute_url())
    row = circular.addressees.get(organization=cast.lin_branch)
    assert (row.read_by, row.read_name) == (cast.lin, "lin")
    assert circular.addressees.get(organization=cast.wu_branch).read_at is None
    plain = make.member(cast.wu_branch, user=make.user())
    assert sign_in(plain.user).get(circular.get_absolute_url()).status_code == 200
    sign_in(sun).get(circular.get_absolute_url())
    assert circular.addressees.get(organization=cast.wu_branch).read_at is None


def test_one_tap_confirms_by_name_and_only_once(sign_in, cast):
    circular = make_circulars.circular(cast.lin_branch, needs_receipt=True)
    row = circular.addressees.get()
    client = sign_in(cast.lin)
    assert "确认收到" in words(client.get(circular.get_absolute_url()))
    assert "记下了您的姓名" in words(client.post(url("addressee-confirm", row), follow=True))
    row.refresh_from_db()
    assert row.confirmed_name == "lin"
    assert "已由lin确认收到" in words(client.post(url("addressee-confirm", row), follow=True))
    assert Event.objects.filter(name="addressee.confirmed").count() == 1


def test_what_the_portal_knows_is_filled_in(sign_in, cast):
    make.member(cast.lin_branch, standing="probationary")
    sources = ("name", "secretary", "members", "full", "probationary", "unit")
    questions = [{"text": each, "source": each} for each in sources]
    circular = make_circulars.circular(cast.lin_branch, cast.lin_unit, questions=questions)
    expected = ["lin党支部", "lin", "2", "1", "1", "lin公司"]
    for row, values in zip(
        circular.addressees.all(), (expected, ["lin公司", *expected[1:]]), strict=True
    ):
        form = sign_in(cast.lin).get(url("addressee-answer", row)).context["form"]
        fields = [form[f"q{each.pk}"].value() for each in circular.questions.all()]
        assert fields == values


def test_a_draft_is_kept_sent_returned_put_right_and_accepted(sign_in, cast, sun):
    circular = make_circulars.circular(
        cast.lin_branch, questions=["做法", {"text": "人数", "kind": "number"}]
    )
    row, (first, second) = circular.addressees.get(), circular.questions.all()
    client, page = sign_in(cast.lin), url("addressee-answer", row)
    send(client, page, **{f"q{first.pk}": "一半", "draft": "1"})
    assert row.submissions.get().status == "draft"
    assert client.get(page).context["form"][f"q{first.pk}"].value() == "一半"
    mark = {"seen": seen(client, page)}
    assert "请填写" in words(send(client, page, **mark, **{f"q{first.pk}": "全部"}))
    bad = send(client, page, **mark, **{f"q{first.pk}": "全部", f"q{second.pk}": "很多"})
    assert "请填写数字" in words(bad)
    assert "很多" in words(bad)  # what was typed is not lost
    send(client, page, **mark, **{f"q{first.pk}": "全部", f"q{second.pk}": "12.50"})
    row.refresh_from_db()
    assert row.status == "submitted"
    assert row.submissions.get().answers == {str(first.pk): "全部", str(second.pk): "12.5"}
    assert "已经报送" in words(client.get(page, follow=True))

    office = sign_in(sun)
    send(office, url("addressee-return", row), reason="人数不对")
    row.refresh_from_db()
    assert (row.status, row.reason) == ("returned", "人数不对")
    client = sign_in(cast.lin)
    again = client.get(page)
    assert "人数不对" in words(again)
    assert again.context["form"][f"q{first.pk}"].value() == "全部"
    mark = {"seen": again.context["form"]["seen"].value()}
    send(client, page, **mark, **{f"q{first.pk}": "全部", f"q{second.pk}": "13"})
    assert [each.status for each in row.submissions.all()] == ["returned", "submitted"]
    sign_in(sun).post(url("addressee-accept", row))
    row.refresh_from_db()
    assert row.status == "accepted"
    assert [each.status for each in row.submissions.all()] == ["returned", "accepted"]


def test_files_answer_questions_and_the_next_version_keeps_them(sign_in, cast, sun, settings):
    circular = make_circulars.circular(
        cast.lin_branch, questions=[{"text": "总结", "kind": "file"}]
    )
    row, question = circular.addressees.get(), circular.questions.get()
    client, page = sign_in(cast.lin), url("addressee-answer", row)
    assert "请填写" in words(send(client, page))
    send(client, page, **{f"q{question.pk}": make.office_file("总结.docx")})
    first = row.submissions.get()
    assert first.files.get().question == question
    taken = client.get(reverse("circulars:submissionfile-take", args=[first.files.get().pk]))
    assert b"".join(taken.streaming_content)[:2] == b"PK"
    answers.send_back(Addressee.objects.get(pk=row.pk), reason="重写", by=sun)
    kept = client.get(page).context["form"].kept
    send(client, page, draft="1", seen=seen(client, page))
    second = row.submissions.last()
    assert (second.version, second.files.get().name) == (2, "总结.docx")
    assert key_of(kept[0]) == key_of(second.files.get())  # the mark of a file outlives its version
    send(client, page, draft="1", seen=seen(client, page), removed=[key_of(kept[0])])
    assert not second.files.exists()
    assert first.files.get().file.open("rb").read(2) == b"PK"  # shared, so still there


def test_nothing_comes_in_once_it_is_closed_or_recalled(cast, sun):
    for state in ("closed", "recalled", "replaced", "archived"):
        circular = make_circulars.circular(
            cast.lin_branch, state=state, questions=["做法"], needs_receipt=True
        )
        row = circular.addressees.get()
        for act in (
            lambda row=row: answers.confirm(row, by=cast.lin),
            lambda row=row: make_circulars.submitted(row, cast.lin),
            lambda row=row: answers.keep_draft(row, answers={}, by=cast.lin),
            lambda row=row: answers.ask_for_time(
                row, until=make_circulars.days(9), reason="忙", by=cast.lin
            ),
        ):
            with pytest.raises(StepRefused, match="不能再办理"):
                act()
        assert not circular.addressees.all().owing().exists()


def test_more_time_is_asked_for_granted_refused_and_given_to_all(sign_in, cast, sun):
    circular = make_circulars.circular(cast.lin_branch, cast.wu_branch, questions=["做法"])
    lin, wu = circular.addressees.all()
    later = timezone.localtime(make_circulars.days(9)).strftime("%Y-%m-%dT%H:%M")
    send(sign_in(cast.lin), url("addressee-later", lin), until=later, reason="出差")
    asked = lin.extensions.get()
    with pytest.raises(StepRefused, match="已经申请过"):
        answers.ask_for_time(lin, until=make_circulars.days(8), reason="忙", by=cast.lin)
    assert "出差" in words(sign_in(sun).get(lin.get_absolute_url()))
    sign_in(sun).post(url("extension-grant", asked))
    lin.refresh_from_db()
    assert lin.due_at == asked.until
    with pytest.raises(StepRefused, match="答复过"):
        answers.refuse(asked, answer="不", by=sun)

    second = answers.ask_for_time(wu, until=make_circulars.days(7), reason="忙", by=cast.wu)
    send(sign_in(sun), url("extension-refuse", second), reason="任务紧")
    wu.refresh_from_db()
    assert wu.due_at == circular.due_at

    assert publishing.extend(circular, until=make_circulars.days(8), by=sun) == 1  # lin has longer
    lin.refresh_from_db()
    assert lin.due_at == asked.until


def test_a_replaced_version_stays_visible_as_such(sign_in, cast, sun):
    first = make_circulars.circular(cast.lin_branch, questions=["做法"], title="旧版")
    second = publishing.replace(first, by=sun)
    assert [each.text for each in second.questions.all()] == ["做法"]
    client = sign_in(cast.lin)
    assert client.get(second.get_absolute_url()).status_code == 404  # not out yet
    assert "替代" not in words(client.get(first.get_absolute_url()))
    with pytest.raises(StepRefused, match="已经在起草"):
        publishing.replace(first, by=sun)
    publishing.publish(second, by=sun)
    page = words(client.get(first.get_absolute_url()))
    assert "已被替代" in page
    assert second.get_absolute_url() in page
    assert first.number in words(client.get(second.get_absolute_url()))


def test_of_a_version_for_others_nothing_is_said(sign_in, cast, sun):
    first = make_circulars.circular(cast.lin_branch, cast.zhao_branch, title="旧版")
    second = publishing.replace(first, by=sun)
    circulars.change(second, by=sun, title="只给赵支部的新版")
    receivers.choose(second, [make_circulars.target(cast.zhao_branch)], by=sun)
    publishing.publish(second, by=sun)
    page = words(sign_in(cast.lin).get(first.get_absolute_url()))
    assert "已被新版本替代，不用办理" in page
    assert "只给赵支部" not in page
    assert second.number not in page
    assert second.get_absolute_url() in words(sign_in(cast.zhao).get(first.get_absolute_url()))

    third = publishing.replace(second, by=sun)
    receivers.choose(third, [make_circulars.target(cast.lin_branch)], by=sun)
    publishing.publish(third, by=sun)
    page = words(sign_in(cast.lin).get(third.get_absolute_url()))
    assert "替代原来的通知" not in page
    assert second.number not in page


@pytest.mark.parametrize("ended", ["recalled", "archived"])
def test_what_ended_meanwhile_is_replaced_as_it_stands(sign_in, cast, sun, ended):
    first = make_circulars.circular(cast.lin_branch, title="旧版")
    second = publishing.replace(first, by=sun)
    if ended == "recalled":
        publishing.recall(first, reason="写错", by=sun)
    else:
        publishing.close(first, by=sun)
        publishing.archive(first, by=sun)
    assert "已被替代" not in words(sign_in(sun).get(url("circular-publish", second)))
    publishing.publish(Circular.objects.get(pk=second.pk), by=sun)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == (ended, "published")


def test_a_recalled_one_says_why(sign_in, cast, sun):
    circular = make_circulars.circular(cast.lin_branch)
    send(sign_in(sun), url("circular-recall", circular), reason="时间写错")
    assert "时间写错" in words(sign_in(cast.lin).get(circular.get_absolute_url()))


def test_numbers_follow_the_pattern_and_start_anew_each_year(sign_in, sun, cast):
    client, page = sign_in(sun), reverse("circulars:circular-numbering")
    for bad in ("南园党", "{年}{号}", "{年}1{号}号", "〔{年}〕{号}号{号}", "〔{年}〕2{号}号"):
        assert send(client, page, pattern=bad).context["form"].errors
    send(client, page, pattern="川园委〔{年}〕第{号}号")
    assert Numbering.in_force() == "川园委〔{年}〕第{号}号"
    first = make_circulars.draft(cast.lin_branch)
    publishing.publish(first, by=sun, at=timezone.now() - timedelta(days=366))
    now = make_circulars.circular(cast.lin_branch)
    year = timezone.localdate().year
    assert now.number == f"川园委〔{year}〕第1号"
    assert first.number == f"川园委〔{first.year}〕第1号"


def test_a_draft_is_thrown_away_with_its_files(
    sign_in, sun, cast, django_capture_on_commit_callbacks
):
    first = make_circulars.circular(
        cast.lin_branch, by=sun, files=[read_document(make.office_file("附件.docx"))]
    )
    draft = publishing.replace(first, by=sun)
    own = read_document(make.office_file("新附件.docx"))
    circulars.change(draft, by=sun, files=[own])
    storage, names = draft.files.first().file.storage, [row.file.name for row in draft.files.all()]
    with django_capture_on_commit_callbacks(execute=True):
        sign_in(sun).post(url("circular-drop", draft))
    assert Circular.objects.get() == first
    assert [storage.exists(name) for name in names] == [True, False]  # the first is shared


def test_the_button_reminds_exactly_those_missing_once_an_hour(sign_in, sun, cast):
    circular = make_circulars.circular(
        cast.lin_branch, cast.wu_branch, cast.zhao_branch, needs_receipt=True
    )
    answers.confirm(circular.addressees.get(organization=cast.wu_branch), by=cast.wu)
    client = sign_in(sun)
    page = words(client.get(url("circular-remind", circular)))
    assert "将提醒 2 个未办的" in page
    assert "未办：lin党支部、zhao党支部。" in page
    seal = page.split('name="confirm" value="')[1].split('"')[0]
    send(client, url("circular-remind", circular), confirm=seal)
    event = Event.objects.get(name="circular.reminded")
    missing = circular.addressees.exclude(organization=cast.wu_branch)
    assert event.facts["missing"] == list(missing.values_list("pk", flat=True))
    with pytest.raises(StepRefused, match="一小时内"):
        publishing.remind(circular, by=sun)
    Circular.objects.update(reminded_at=timezone.now() - timedelta(minutes=61))
    assert publishing.remind(circular, by=sun) == 2


def test_answers_come_as_one_table_of_what_the_filter_shows(sign_in, sun, cast):
    from openpyxl import load_workbook

    circular = make_circulars.circular(
        cast.lin_branch, cast.wu_branch, questions=["做法", {"text": "人数", "kind": "number"}]
    )
    first, second = circular.questions.all()
    given = {str(first.pk): "=1+1", str(second.pk): "12"}
    lin = circular.addressees.get(organization=cast.lin_branch)
    make_circulars.submitted(lin, cast.lin, answers_given=given)
    answers.keep_draft(
        circular.addressees.get(organization=cast.wu_branch),
        answers={str(first.pk): "草稿"},
        by=cast.wu,
    )
    client, page = sign_in(sun), url("circular-table", circular)

    def sheet(query=""):
        answer = client.get(f"{page}?export=xlsx{query}")
        book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
        return [list(row) for row in book.active.iter_rows(values_only=True)]

    head, *rows = sheet()
    assert [row[0] for row in rows] == ["lin党支部", "wu党支部"]
    assert rows[0][head.index("做法")] == "'=1+1"
    assert rows[0][head.index("人数")] == 12
    assert rows[1][head.index("做法")] in ("", None)  # a draft is nobody's business yet
    assert [row[0] for row in sheet("&state=missing")[1:]] == ["wu党支部"]


def test_files_come_as_one_archive_with_a_folder_for_each(sign_in, sun, cast):
    circular = make_circulars.circular(
        cast.lin_branch,
        cast.wu_branch,
        kind="collection",
        needs_submission=True,
        due_at=make_circulars.days(3),
    )
    Addressee.objects.filter(organization=cast.wu_branch).update(name="../lin党支部")
    Addressee.objects.filter(organization=cast.lin_branch).update(name="lin党支部")
    client = sign_in(sun)
    assert "还没有报送的文件" in words(client.get(url("circular-files", circular), follow=True))
    for row, by in zip(circular.addressees.all(), (cast.lin, cast.wu), strict=True):
        files = [(None, read_document(make.office_file("总结.docx"))) for _each in range(2)]
        make_circulars.submitted(row, by, files=files)
    answer = client.get(url("circular-files", circular))
    book = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert sorted(book.namelist()) == [
        "lin党支部(2)/总结(2).docx",
        "lin党支部(2)/总结.docx",
        "lin党支部/总结(2).docx",
        "lin党支部/总结.docx",
    ]
    assert book.testzip() is None


def test_what_is_too_large_for_one_archive_is_refused_with_a_sentence(monkeypatch, cast):
    from nanchuan.circulars import collecting

    monkeypatch.setattr(collecting, "MOST_FILES", 1)
    circular = make_circulars.circular(cast.lin_branch, questions=[{"text": "表", "kind": "file"}])
    question, row = circular.questions.get(), circular.addressees.get()
    files = [
        (question, read_document(make.office_file("甲.docx"))),
        (None, read_document(make.office_file("乙.docx"))),
    ]
    make_circulars.submitted(row, cast.lin, files=files)
    with pytest.raises(StepRefused, match="放不下"):
        collecting.archive(collecting.with_answers(circular.addressees.all()))


def test_the_list_shows_first_what_waits_and_can_be_searched(sign_in, sun, cast):
    done = make_circulars.circular(cast.lin_branch, title="关于党费的通知")
    waiting = make_circulars.circular(cast.lin_branch, title="关于换届的通知", needs_receipt=True)
    other = make_circulars.circular(cast.lin_branch, title="关于培训的通知")
    client = sign_in(cast.lin)
    for row in (done, other):
        client.get(row.get_absolute_url())
    page = reverse("circulars:circular-list")
    assert [row.pk for row in client.get(page).context["object_list"]] == [
        waiting.pk,
        other.pk,
        done.pk,
    ]

    def found(query, user=cast.lin):
        rows = sign_in(user).get(f"{page}?{query}").context["object_list"]
        return {row.pk for row in rows}

    assert found("q=党费") == {done.pk}
    assert found(f"q={waiting.number}") == {waiting.pk}
    assert found("q=做好准备") == {done.pk, waiting.pk, other.pk}
    assert found("only=open") == {waiting.pk}
    assert found("only=late") == set()
    make_circulars.late(waiting)
    assert found("only=late") == found("only=late", sun) == {waiting.pk}
    assert found(f"year={done.year}&kind=notice&status=published") == {
        done.pk,
        waiting.pk,
        other.pk,
    }
    assert found("year=2001") == set()


def test_a_file_that_only_looks_like_one_is_refused(sign_in, sun):
    bad = SimpleUploadedFile("通知.docx", b"MZ not a document")
    answer = send(
        sign_in(sun),
        reverse("circulars:circular-create"),
        kind="notice",
        title="有附件",
        text="见附件",
        files=bad,
    )
    assert not Circular.objects.exists()
    assert answer.context["form"].errors["files"]


# ── The list as a file ──────────────────────────────────────────────────────────────────────


def exported(client, **query):
    """The titles in the file, below its head."""
    answer = client.get(reverse("circulars:circular-list"), query | {"export": "xlsx"})
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)), read_only=True)
    rows = [[cell.value for cell in row] for row in book.active.iter_rows()]
    start = next(number for number, row in enumerate(rows) if row[0] == "标题")
    return rows[start], [row[0] for row in rows[start + 1 :] if row[0]]


def test_the_list_is_exported_as_its_filter_shows_it_and_to_nobody_else(sign_in, cast, sun):
    made = make_circulars.circular(cast.lin_branch, title="甲通知", by=sun)
    make_circulars.circular(cast.wu_branch, title="乙通知", by=sun)
    head, titles = exported(sign_in(sun))
    assert set(titles) == {"甲通知", "乙通知"} and head[-2:] == ["发送", "未办"]
    assert exported(sign_in(sun), q="甲通知")[1] == [made.title]
    head, titles = exported(sign_in(cast.lin))
    assert titles == ["甲通知"] and "未办" not in head
    assert exported(sign_in(cast.zhao))[1] == []


@pytest.mark.parametrize("role", ["leader", "auditor"])
def test_a_draft_is_the_offices_alone(sign_in, cast, sun, role):
    made = make_circulars.draft(cast.lin_branch, by=sun)
    client = sign_in(make.staff(role))
    assert client.get(made.get_absolute_url()).status_code == 404
    assert made.title not in words(client.get(reverse("circulars:circular-list")))
    assert exported(client)[1] == []
    assert exported(sign_in(sun))[1] == [made.title]


def test_whether_others_have_done_it_cannot_be_asked_by_a_filter(sign_in, cast, sun):
    made = make_circulars.circular(cast.lin_branch, cast.wu_branch, needs_receipt=True, by=sun)
    row = made.addressees.select_related("circular").get(organization=cast.lin_branch)
    answers.confirm(row, by=cast.lin)
    page = reverse("circulars:circular-list")
    for user, shown in ((cast.lin, []), (cast.wu, [made]), (sun, [made])):
        found = sign_in(user).get(page, {"only": "open"}).context["object_list"]
        assert list(found) == shown
