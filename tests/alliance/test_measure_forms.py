"""What people type about a measure: kept, explained, and written down as they meant it."""

import uuid
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from alliance.actions import measures as actions
from alliance.models import Measure, MeasureFile, Milestone
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make

pytestmark = pytest.mark.django_db
CREATE = "/alliance/measures/create/"
TODAY = timezone.localdate
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def office(sign_in, sun):
    return sign_in(sun)


def rows(*milestones, initial=0):
    """The fields of the formset: (title, due day) or (title, due day, more fields)."""
    typed = {
        "milestones-TOTAL_FORMS": str(len(milestones)),
        "milestones-INITIAL_FORMS": str(initial),
    }
    for place, (title, due_on, *more) in enumerate(milestones):
        typed |= {
            f"milestones-{place}-title": title,
            f"milestones-{place}-due_on": str(due_on or ""),
        }
        for name, value in (more[0] if more else {}).items():
            typed[f"milestones-{place}-{name}"] = value
    return typed


@pytest.fixture
def typed(cast):
    def values(*milestones, **changes):
        facts = {
            "once": str(uuid.uuid4()),
            "title": "组建用工互助队",
            "content": "旺季互派熟练工",
            "source": "clause",
            "clause": make.clause().pk,
            "meeting": "",
            "resolution": "",
            "group": cast.group.pk,
            "unit": cast.lin_unit.pk,
            "assisting": [cast.wu_unit.pk],
            "starts_on": str(TODAY()),
            "due_on": str(TODAY() + 30 * DAY),
        }
        return facts | rows(*milestones) | changes

    return values


def errors(response):
    assert response.status_code == 200
    return response.context["form"].errors


# ── Writing it down ─────────────────────────────────────────────────────────────────────────


def test_a_measure_from_a_clause_with_its_milestones(office, typed, cast):
    step = TODAY() + 10 * DAY
    answer = office.post(CREATE, typed(("第一步", step), ("", "")))
    measure = Measure.objects.get()
    assert answer.url == measure.get_absolute_url()
    assert measure.number == f"举-{TODAY().year}-0001"
    assert (measure.source, measure.status) == ("clause", "in_progress")
    assert list(measure.assisting.all()) == [cast.wu_unit]
    assert [(row.title, row.due_on) for row in measure.milestones.all()] == [("第一步", step)]
    assert Event.objects.filter(name="measure.created").count() == 1


def test_numbers_follow_each_other(office, typed):
    for _number in range(3):
        office.post(CREATE, typed())
    numbers = sorted(Measure.objects.values_list("number", flat=True))
    assert [number[-4:] for number in numbers] == ["0001", "0002", "0003"]


def test_a_double_click_makes_one_measure(office, typed):
    values = typed()
    assert office.post(CREATE, values).url == office.post(CREATE, values).url
    assert Measure.objects.count() == 1


def test_a_resolution_leads_to_the_form_with_itself_chosen(office, typed, cast):
    resolution = make.resolution(make.held_meeting(cast.group), text="一致同意办理")
    page = office.get(resolution.meeting.part_url("outcome")).content.decode()
    link = f"{CREATE}?resolution={resolution.pk}"
    assert link in page
    form = office.get(link).context["form"]
    assert form["source"].value() == "resolution"
    assert form["resolution"].value() == str(resolution.pk)
    assert form["content"].value() == "一致同意办理"
    assert form["group"].value() == cast.group.pk
    office.post(CREATE, typed(source="resolution", resolution=resolution.pk))
    measure = Measure.objects.get()
    assert (measure.resolution, measure.clause, measure.item) == (resolution, None, None)


def test_an_action_item_leads_to_the_form_with_all_that_is_known(office, typed, cast):
    item = make.item(cast.lin_unit, assisting=[cast.wu_unit])
    form = office.get(f"{CREATE}?item={item.pk}").context["form"]
    assert form["unit"].value() == cast.lin_unit.pk
    assert form["assisting"].value() == [cast.wu_unit.pk]
    assert (form["title"].value(), form["due_on"].value()) == (item.text, item.due_on)
    values = typed(source="resolution", resolution=item.resolution_id, item=item.pk)
    office.post(CREATE, values)
    assert Measure.objects.get().item == item


def test_another_resolution_leaves_the_item_behind(office, typed, cast):
    item = make.item(cast.lin_unit)
    other = make.resolution(item.resolution.meeting)
    office.post(CREATE, typed(source="resolution", resolution=other.pk, item=item.pk))
    measure = Measure.objects.get()
    assert (measure.resolution, measure.item) == (other, None)


@pytest.mark.parametrize("name", ["resolution", "item"])
def test_what_is_not_there_leads_nowhere(office, name):
    assert office.get(f"{CREATE}?{name}=99999").status_code == 404


def test_what_was_struck_or_not_held_yet_is_not_offered(office, cast):
    coming = make.resolution(make.meeting(cast.group, by=cast.lin), text="还没有召开")
    make.resolution(make.held_meeting(cast.group), text="已经删去", struck_at=timezone.now())
    page = office.get(CREATE).content.decode()
    assert "还没有召开" not in page and "已经删去" not in page
    assert office.get(f"{CREATE}?resolution={coming.pk}").status_code == 404
    assert "measures/create" not in office.get(coming.meeting.get_absolute_url()).content.decode()


def test_the_unit_is_not_offered_what_the_office_does(sign_in, cast):
    resolution = make.resolution(make.held_meeting(cast.group))
    page = sign_in(cast.lin).get(resolution.meeting.part_url("outcome")).content.decode()
    assert resolution.text in page
    assert "measures/create" not in page


def test_a_clause_can_be_chosen_beforehand_and_stands_under_its_text(office):
    clause = make.clause(label="第三条", heading="互助")
    page = office.get(f"{CREATE}?clause={clause.pk}")
    assert page.context["form"]["source"].value() == "clause"
    content = page.content.decode()
    assert '<optgroup label="《联盟章程》第 1 版">' in content
    assert f'<option value="{clause.pk}" selected>第三条 互助</option>' in content


@pytest.mark.parametrize("query", ["?clause=abc", "?item=99999999999999999999", "?group=-1"])
def test_nonsense_in_the_address_is_no_harm(office, query):
    assert office.get(CREATE + query).status_code == 200


def test_only_units_of_the_alliance_of_today_are_offered(office, cast):
    stranger = make.unit(name="园外单位")
    left = make.unit(name="已退出单位")
    make.seat(left, cast.group, ends_on=TODAY() - DAY)
    page = office.get(CREATE).content.decode()
    assert "lin公司" in page
    assert stranger.name not in page and left.name not in page


def test_articles_of_drafts_and_of_former_versions_are_not_offered(office):
    from alliance.models import Regulation, Section

    for number, (status, until) in enumerate([("draft", None), ("adopted", date(2024, 12, 31))]):
        version = Regulation.objects.create(
            text="rota",
            number=number,
            title="制度",
            status=status,
            starts_on=make.LONG_AGO,
            ends_on=until,
            adopted_at=timezone.now(),
        )
        Section.objects.create(regulation=version, order=1, level=2, label=f"不能选{number}")
    make.clause(label="总则", level=1)
    page = office.get(CREATE).content.decode()
    assert "不能选" not in page and "总则" not in page


BAD = [
    ({"title": ""}, "title", "请用一句话写明举措。"),
    ({"title": "长" * 101}, "title", None),
    ({"content": ""}, "content", "请写明具体内容。"),
    ({"source": ""}, "source", "请选择举措的来源。"),
    ({"source": "other"}, "source", None),
    ({"clause": ""}, "clause", "请选择举措出自哪一条款。"),
    ({"clause": "999999"}, "clause", "所选条款不在现行的章程和制度中，请重新选择。"),
    ({"source": "resolution"}, "resolution", "请选择举措出自哪一项议定事项。"),
    (
        {"source": "resolution", "resolution": "999999"},
        "resolution",
        "请选择已召开的会议议定的一项。",
    ),
    ({"unit": ""}, "unit", "请选择责任单位。"),
    ({"unit": "999999"}, "unit", "所选单位目前不是联盟成员，请重新选择。"),
    ({"group": "999999"}, "group", None),
    ({"assisting": ["999999"]}, "assisting", None),
    ({"starts_on": ""}, "starts_on", "请填写开始日期。"),
    ({"starts_on": "2026-02-30"}, "starts_on", "请填写真实存在的日期，例如 2026-06-30。"),
    ({"due_on": "明天"}, "due_on", "请填写真实存在的日期，例如 2026-06-30。"),
    ({"due_on": "2000-01-01"}, "due_on", "完成期限不能早于开始日期。"),
    ({"due_on": "9999-12-31"}, "__all__", "完成期限在开始日期十年以后，请检查年份。"),
]


@pytest.mark.parametrize(("changes", "field", "sentence"), BAD)
def test_bad_input_is_explained_and_nothing_typed_is_lost(office, typed, changes, field, sentence):
    answer = office.post(CREATE, typed(("第一步", TODAY() + DAY), **changes))
    found = errors(answer)
    assert field in found
    assert sentence is None or sentence in found[field]
    assert Measure.objects.count() == 0
    page = answer.content.decode()
    assert "旺季互派熟练工" in page or "content" in changes
    assert 'value="第一步"' in page


def test_the_responsible_unit_does_not_assist_itself(office, typed, cast):
    answer = office.post(CREATE, typed(assisting=[cast.lin_unit.pk, cast.wu_unit.pk]))
    assert errors(answer)["assisting"] == ["责任单位不必再列为协办单位。"]


@pytest.mark.parametrize(
    ("milestone", "sentence"),
    [
        (("只有名称", ""), "请填写节点的期限。"),
        (("", "2026-12-01"), "请写明节点内容，不再需要的请勾选删除。"),
        (("日期不对", "2026-02-31"), "请填写真实存在的日期"),
    ],
)
def test_a_milestone_that_will_not_do_is_explained_at_its_row(office, typed, milestone, sentence):
    answer = office.post(CREATE, typed(milestone))
    assert "节点中有需要修改的地方，见表单下方。" in errors(answer)["__all__"]
    assert sentence in answer.content.decode()


@pytest.mark.parametrize("days", [-1, 31])
def test_a_milestone_lies_within_the_measure(office, typed, days):
    answer = office.post(CREATE, typed(("出界", TODAY() + days * DAY)))
    assert errors(answer)["__all__"] == ["节点的期限应在开始日期和完成期限之间：出界。"]


def test_too_many_milestones_are_refused(office, typed):
    answer = office.post(CREATE, typed(*[("节点", TODAY())] * 21))
    assert "__all__" in errors(answer)


@pytest.mark.parametrize(
    ("total", "status"), [("", 200), ("abc", 200), ("-1", 302), ("9" * 9, 200)]
)
def test_a_spoiled_count_of_rows_is_no_error_of_ours(office, typed, total, status):
    values = typed(("节点", TODAY())) | {"milestones-TOTAL_FORMS": total}
    assert office.post(CREATE, values).status_code == status
    assert office.post(CREATE, values | {"add": "1"}).status_code == 200


def test_another_row_is_added_without_scripts_and_nothing_is_lost(office, typed, cast):
    values = typed(("第一步", TODAY() + DAY), title="", due_on="") | {"add": "1"}
    answer = office.post(CREATE, values)
    form = answer.context["form"]
    assert Measure.objects.count() == 0
    assert not form.is_bound and "还不能提交" not in answer.content.decode()
    assert [row["title"].value() for row in form.milestones] == ["第一步", None]
    assert form["content"].value() == "旺季互派熟练工"
    assert form["assisting"].value() == [str(cast.wu_unit.pk)]
    shown = {row.html_name: row.value() or "" for each in form.milestones for row in each}
    shown |= {f"milestones-{name}": shown.get(name, 2) for name in ("TOTAL_FORMS",)}
    shown["milestones-INITIAL_FORMS"] = "1"
    shown["milestones-1-title"], shown["milestones-1-due_on"] = "第二步", str(TODAY() + 2 * DAY)
    office.post(CREATE, typed() | shown)
    assert [row.title for row in Measure.objects.get().milestones.all()] == ["第一步", "第二步"]


# ── Putting it right ────────────────────────────────────────────────────────────────────────


@pytest.fixture
def measure(cast):
    made = make.measure(cast.lin_unit, group=cast.group, assisting=[cast.wu_unit], title="原来的")
    for days, title in ((5, "一"), (10, "二")):
        made.milestones.create(title=title, due_on=TODAY() + days * DAY)
    return made


def edit_url(measure):
    return reverse("alliance:measure-edit", args=[measure.pk])


def as_shown(client, measure):
    """The form of the edit page as a browser would send it unchanged."""
    form = client.get(edit_url(measure)).context["form"]
    values = {name: form[name].value() for name in form.fields}
    values = {name: "" if value is None else value for name, value in values.items()}
    stored = [
        (row.title, row.due_on, {"pk": row.pk}) for row in measure.milestones.order_by("due_on")
    ]
    return values | rows(*stored, initial=len(stored))


def test_nothing_changed_says_nothing(office, measure):
    office.post(edit_url(measure), as_shown(office, measure))
    assert not Event.objects.filter(name="measure.changed").exists()


def test_fields_units_and_milestones_change_together(office, measure, cast):
    values = as_shown(office, measure) | {"title": "新的", "assisting": [cast.zhao_unit.pk]}
    values |= {
        "milestones-0-title": "一改",
        "milestones-1-DELETE": "on",
        "milestones-2-title": "三",
        "milestones-2-due_on": str(TODAY() + 20 * DAY),
        "milestones-TOTAL_FORMS": "3",
    }
    first = measure.milestones.first()
    assert office.post(edit_url(measure), values).status_code == 302
    measure.refresh_from_db()
    assert measure.title == "新的"
    assert list(measure.assisting.all()) == [cast.zhao_unit]
    assert [row.title for row in measure.milestones.all()] == ["一改", "三"]
    assert measure.milestones.first().pk == first.pk
    changed = Event.objects.get(name="measure.changed").facts["changed"]
    assert changed == ["title", "assisting", "milestones"]


def test_the_due_day_is_not_changed_here(office, measure):
    before = measure.due_on
    office.post(edit_url(measure), as_shown(office, measure) | {"due_on": "2030-01-01"})
    measure.refresh_from_db()
    assert measure.due_on == before


def test_what_could_not_be_chosen_today_may_stay(office, measure, cast):
    """The unit left the alliance and the charter was amended since."""
    cast.lin_unit.seats.update(ends_on=TODAY() - DAY)
    measure.clause.regulation.ends_on = TODAY() - DAY
    measure.clause.regulation.save()
    values = as_shown(office, measure) | {"title": "改了标题"}
    assert office.post(edit_url(measure), values).status_code == 302
    measure.refresh_from_db()
    assert measure.title == "改了标题"


def test_two_who_edit_one_field_are_asked_which_shall_stand(office, measure, sun):
    values = as_shown(office, measure) | {"title": "我的标题"}
    other = Measure.objects.get(pk=measure.pk)
    actions.change(
        other,
        title="别人的标题",
        assisting=list(other.assisting.all()),
        milestones=[
            actions.Planned(row.title, row.due_on, row.pk) for row in other.milestones.all()
        ],
        by=make.staff(name="另一位"),
    )
    answer = office.post(edit_url(measure), values)
    assert "另一位刚改过：举措" in errors(answer)["__all__"][0]
    measure.refresh_from_db()
    assert measure.title == "别人的标题"


def test_milestones_that_somebody_changed_meanwhile_are_shown_before_they_are_saved(
    office, measure
):
    values = as_shown(office, measure) | {"milestones-0-title": "我的"}
    measure.milestones.filter(title="二").delete()
    answer = office.post(edit_url(measure), values)
    assert "节点刚被别人改过，现在是：一（" in errors(answer)["__all__"][0]
    assert 'value="我的"' in answer.content.decode()
    again = values | {"milestones_seen": answer.context["form"]["milestones_seen"].value()}
    again["once"] = str(uuid.uuid4())
    office.post(edit_url(measure), again)
    assert [row.title for row in measure.milestones.all()] == ["我的", "二"]


def test_a_milestone_of_another_measure_cannot_be_taken_over(office, measure, cast):
    foreign = make.measure(cast.zhao_unit).milestones.create(title="别家的", due_on=TODAY())
    values = as_shown(office, measure) | {"milestones-0-pk": foreign.pk}
    office.post(edit_url(measure), values)
    foreign.refresh_from_db()
    assert foreign.title == "别家的" and foreign.measure != measure


def test_a_form_sent_too_late_says_why_and_keeps_what_was_typed(office, measure):
    values = as_shown(office, measure) | {"title": "来不及的标题"}
    actions.drop(Measure.objects.get(pk=measure.pk), reason="不办了", by=None)
    answer = office.post(edit_url(measure), values)
    assert "目前是“不再推进”，不能修改" in errors(answer)["__all__"][0]
    assert "来不及的标题" in answer.content.decode()


# ── How far it is ───────────────────────────────────────────────────────────────────────────


def post_act(client, measure, verb, **typed):
    typed = {"once": str(uuid.uuid4())} | typed
    return client.post(reverse(f"alliance:measure-{verb}", args=[measure.pk]), typed)


def test_an_assisting_unit_writes_how_far_it_is_with_evidence(sign_in, measure, cast):
    client = sign_in(cast.wu)
    post_act(
        client, measure, "note", text="办了一步", percent="40", files=[make.pdf(), make.photo()]
    )
    note = measure.notes.get()
    assert (note.text, note.percent, note.by) == ("办了一步", 40, cast.wu)
    assert sorted(file.kind for file in note.files.all()) == ["jpg", "pdf"]
    page = client.get(measure.get_absolute_url()).content.decode()
    assert "40%" in page
    for file in note.files.all():
        url = reverse("alliance:evidence-download", args=[file.pk])
        assert url in page
        answer = client.get(url)
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("percent", ["-1", "101", "", "abc", "1.5", "99999999999999999999"])
def test_a_percentage_that_cannot_be_is_explained(sign_in, measure, cast, percent):
    answer = post_act(sign_in(cast.lin), measure, "note", text="办了一步", percent=percent)
    assert errors(answer)["percent"] == ["请填写 0 到 100 之间的整数。"]
    assert "办了一步" in answer.content.decode()
    assert not measure.notes.exists()


def test_a_bad_file_keeps_the_note_back_and_the_words(sign_in, measure, cast):
    bad = make.photo("脚本.pdf")
    answer = post_act(sign_in(cast.lin), measure, "note", text="文字", percent="5", files=[bad])
    assert "files" in errors(answer)
    assert "刚才选的文件请重新选择" in answer.content.decode()
    assert not MeasureFile.objects.exists() and not measure.notes.exists()


def test_evidence_is_for_those_who_see_the_measure(sign_in, measure, cast):
    actions.note(measure, text="一", percent=1, files=cleaned(make.pdf()), by=cast.lin)
    url = reverse("alliance:evidence-download", args=[MeasureFile.objects.get().pk])
    assert sign_in(cast.wu).get(url).status_code == 200
    assert sign_in(cast.zhao).get(url).status_code == 404


def cleaned(*files):
    from nanchuan.kernel.uploads import read_document

    return [read_document(file) for file in files]


def test_whoever_added_a_file_or_the_office_takes_it_out(sign_in, measure, cast, sun):
    note = actions.note(
        measure, text="一", percent=1, files=cleaned(make.pdf(), make.pdf()), by=cast.wu
    )
    first, second = note.files.all()

    def remove(user, file):
        return sign_in(user).post(reverse("alliance:evidence-remove", args=[file.pk])).status_code

    assert remove(cast.zhao, first) == 404
    assert remove(cast.lin, first) == 403
    assert note.files.count() == 2
    assert remove(cast.wu, first) == remove(sun, second) == 302
    assert note.files.count() == 0


def test_evidence_of_a_settled_measure_stays(sign_in, measure, cast):
    note = actions.note(measure, text="一", percent=1, files=cleaned(make.pdf()), by=cast.wu)
    actions.drop(measure, reason="不办了", by=None)
    client = sign_in(cast.wu)
    client.post(reverse("alliance:evidence-remove", args=[note.files.get().pk]))
    assert note.files.count() == 1


def test_a_report_that_is_sent_back_does_not_count_as_whole(measure, cast, sun):
    def percent():
        return Measure.objects.with_percent().get(pk=measure.pk).percent

    assert percent() == 0
    actions.note(measure, text="一", percent=60, by=cast.lin)
    assert percent() == 60
    actions.report(measure, effect="成效", by=cast.lin)
    assert percent() == 100
    actions.send_back(measure, reason="佐证不足", by=sun)
    assert percent() == 60
    measure.refresh_from_db()
    assert (measure.effect, measure.reported_at) == ("", None)


def test_the_reason_of_a_return_stands_on_the_page(sign_in, office, measure, cast):
    actions.report(measure, effect="成效", by=cast.lin)
    post_act(office, measure, "return", reason="佐证材料不足")
    assert (
        "原因：佐证材料不足" in sign_in(cast.lin).get(measure.get_absolute_url()).content.decode()
    )


@pytest.mark.parametrize("verb", ["return", "drop"])
def test_an_act_without_its_reason_comes_back_open(office, measure, verb, cast):
    actions.report(measure, effect="成效", by=cast.lin)
    answer = post_act(office, measure, verb, reason="")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "请写明原因，责任单位和协办单位会看到。" in page
    assert f'id="act-{verb}" open' in page
    assert Measure.objects.get(pk=measure.pk).status == "reported"


def test_undone_milestones_are_named_before_the_report(sign_in, measure, cast):
    url = reverse("alliance:measure-report", args=[measure.pk])
    client = sign_in(cast.lin)
    assert "这些节点还没有标记完成" in client.get(url).content.decode()
    measure.milestones.update(done_on=TODAY())
    assert "这些节点还没有标记完成" not in client.get(url).content.decode()


# ── The end, and other days ─────────────────────────────────────────────────────────────────


def test_done_on_the_day_of_the_report_unless_the_office_says_otherwise(office, measure, cast):
    reported_at = timezone.now() - 3 * DAY
    actions.report(measure, effect="成效", by=cast.lin, at=reported_at)
    form = office.get(measure.get_absolute_url()).context["main_act"]["form"]
    assert form["done_on"].value() == timezone.localdate(reported_at)
    other = TODAY() - 5 * DAY
    post_act(office, measure, "confirm", done_on=str(other))
    measure.refresh_from_db()
    assert (measure.status, measure.done_on) == ("done", other)


@pytest.mark.parametrize("days", [1, -4000])
def test_a_day_that_cannot_be_the_end_is_refused(office, measure, cast, days):
    actions.report(measure, effect="成效", by=cast.lin)
    post_act(office, measure, "confirm", done_on=str(TODAY() + days * DAY))
    assert Measure.objects.get(pk=measure.pk).status == "reported"


def test_a_late_one_says_by_how_many_days_while_open_and_when_done(office, cast):
    measure = make.measure(cast.lin_unit, late=True)
    assert "逾期 5 天" in office.get(measure.get_absolute_url()).content.decode()
    actions.report(measure, effect="成效", by=None, at=timezone.now() - 2 * DAY)
    assert measure.state_words == "待确认，逾期 3 天报告"
    actions.confirm(measure, by=None)
    assert not measure.is_late
    assert "逾期 3 天完成" in office.get(measure.get_absolute_url()).content.decode()


def test_another_due_day_is_kept_beside_the_old_one_with_its_reason(office, measure):
    before, after = measure.due_on, measure.due_on + 30 * DAY
    post_act(office, measure, "extend", due_on=str(after), reason="设备推迟到货")
    measure.refresh_from_db()
    assert measure.due_on == after
    page = office.get(measure.get_absolute_url()).content.decode()
    assert f"{before} → {after}" in page and "设备推迟到货" in page
    assert Event.objects.get(name="measure.extended").facts == {
        "from": before.isoformat(),
        "to": after.isoformat(),
    }


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (None, "完成期限没有变化。"),
        (-1, "新的完成期限应是今天或以后的日期。"),
        (7, "节点的期限应在开始日期和完成期限之间：二。"),
        (5000, "完成期限在开始日期十年以后，请检查年份。"),
    ],
)
def test_a_due_day_that_will_not_do_is_explained_at_its_field(office, measure, days, sentence):
    due_on = measure.due_on if days is None else TODAY() + days * DAY
    answer = post_act(office, measure, "extend", due_on=str(due_on), reason="推迟")
    assert answer.status_code == 200 and sentence in answer.content.decode()


def test_a_reopened_measure_is_as_if_it_had_not_been_settled(measure, sun):
    actions.report(measure, effect="成效", by=sun)
    actions.confirm(measure, by=sun)
    actions.reopen(measure, reason="成效没有保持", by=sun)
    measure.refresh_from_db()
    assert measure.status == "in_progress"
    assert (measure.done_on, measure.closed_at, measure.reported_at) == (None, None, None)
    assert (measure.effect, measure.reason) == ("", "")
    assert list(measure.notes.values_list("text", flat=True)) == ["成效"]


def test_a_milestone_is_marked_and_unmarked_once(sign_in, measure, cast):
    milestone = measure.milestones.first()
    client = sign_in(cast.lin)
    for _click in range(2):
        client.post(reverse("alliance:milestone-done", args=[milestone.pk]))
    milestone.refresh_from_db()
    assert milestone.done_on == TODAY()
    assert Event.objects.filter(name="measure.milestone_done").count() == 1
    with pytest.raises(StepRefused, match="完成日期还没有到"):
        actions.finish_milestone(measure.milestones.last(), on=TODAY() + DAY, by=cast.lin)
    client.post(reverse("alliance:milestone-undo", args=[milestone.pk]))
    assert Milestone.objects.get(pk=milestone.pk).done_on is None


@pytest.mark.parametrize("year", [1, 2006, 2066, 9999])
def test_a_slip_of_the_pen_in_the_year_is_told(cast, sun, year):
    """The reminders around such a day could not be planned."""
    day = date(year, 1, 1)
    with pytest.raises(StepRefused, match="请检查年份"):
        make.measure(cast.lin_unit, group=cast.group, starts_on=day, due_on=day)
