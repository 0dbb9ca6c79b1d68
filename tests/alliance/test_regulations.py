"""The charter and the two systems: drafted, adopted, withdrawn by the office; read by all."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from alliance.actions import regulations as actions
from alliance.actions.rights import NotYours
from alliance.models import Regulation, RegulationFile, SignOff
from alliance.models.settings import SETTINGS, settings_of
from nanchuan.kernel import roles
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make

pytestmark = pytest.mark.django_db
LIST = reverse("alliance:regulation-list")
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def today():
    return timezone.localdate()


def url(regulation, verb="detail"):
    return reverse(f"alliance:regulation-{verb}", args=[regulation.pk])


def page(client, path, **kwargs):
    answer = client.get(path, **kwargs)
    assert answer.status_code == 200
    return answer.content.decode()


def hidden(client, path) -> dict:
    """What the browser sends along, from the page as it was opened."""
    form = client.get(path).context["form"]
    found = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in found.items() if value is not None}


def duties_typed(regulation, *more) -> dict:
    rows = [actions.duty_facts(item) for item in regulation.duty_items.all()] + list(more)
    typed = {"duties-TOTAL_FORMS": len(rows), "duties-INITIAL_FORMS": regulation.duty_items.count()}
    for number, row in enumerate(rows):
        typed |= {f"duties-{number}-{name}": value for name, value in row.items()}
    return typed


def edit(client, regulation, opened=None, **changes):
    opened = opened or hidden(client, url(regulation, "edit"))
    return client.post(url(regulation, "edit"), opened | changes)


def adopt(client, regulation, **changes):
    """Look at the preview, then confirm it."""
    path = url(regulation, "adopt")
    typed = hidden(client, path) | {"adopted_how": "联席会议审议通过"} | changes
    shown = client.post(path, typed)
    seal = shown.context.get("seal") if shown.context else None
    return shown, client.post(path, typed | {"confirm": seal}) if seal else None


# ── Reading ─────────────────────────────────────────────────────────────────────────────────


def test_without_a_version_the_defaults_are_shown_in_words(sign_in, zhao):
    text = page(sign_in(zhao), LIST)
    assert text.count("尚未制定") == 3
    for code in ("turn_months", "quorum_percent", "solve_days"):
        setting = SETTINGS[code]
        assert str(setting.label) in text and setting.words(setting.default) in text


def test_the_three_texts_show_what_is_in_force_what_comes_and_what_was(sign_in, zhao, sun):
    old = make.regulation(starts_on=today() - 100 * DAY)
    now = make.regulation(starts_on=today() - 10 * DAY, at=timezone.now() - 20 * DAY)
    coming = make.regulation(starts_on=today() + 10 * DAY)
    text = page(sign_in(zhao), LIST)
    assert all(str(version) in text for version in (old, now, coming))
    assert "待施行" in text and "现行" in text and "已失效" in text
    card = sign_in(sun).get(LIST).context["cards"][0]
    assert (card["now"], card["coming"], card["earlier"]) == (now, [coming], [old])


def test_a_draft_is_seen_by_the_office_alone(sign_in, cast, sun):
    draft = make.regulation_draft(title="尚未公开的章程", body="第一条 秘密")
    for user, seen in ((sun, True), (cast.lin, False), (make.staff("admin"), False)):
        client = sign_in(user)
        assert ("尚未公开的章程" in page(client, LIST)) == seen
        assert client.get(url(draft)).status_code == (200 if seen else 404)
        assert client.get(url(draft, "compare")).status_code == (200 if seen else 404)


def test_every_role_reads_what_is_adopted(sign_in, cast, sun):
    version = make.regulation()
    plain = make.member(cast.wu_branch, user=make.user())
    people = [sun, cast.zhao, plain.user, *map(make.staff, ("admin", "leader", "auditor"))]
    for user in people:
        assert "为了加强联系" in page(sign_in(user), url(version))
    assert sign_in(make.user()).get(url(version)).status_code == 403


def test_the_detail_has_a_table_of_contents_settings_and_duties(sign_in, zhao):
    version = make.regulation("rota", {"turn_months": 6}, change_note="改为半年一轮")
    text = page(sign_in(zhao), url(version))
    assert 'href="#s1"' in text and 'id="s1"' in text
    assert "半年" in text and "改为半年一轮" in text and "联席会议审议通过" in text
    assert "召开联席会议" in text and "轮值开始后 60 天" in text and "轮值最后一天" in text


def test_only_the_office_is_offered_what_only_it_can_do(sign_in, cast, sun):
    version = make.regulation(starts_on=today() + DAY)
    assert "作废" in page(sign_in(sun), url(version))
    for user in (cast.lin, make.staff("leader")):
        text = page(sign_in(user), url(version))
        assert "作废" not in text and "提醒未签单位" not in text
        assert "起草" not in page(sign_in(user), LIST)


# ── Drafting ────────────────────────────────────────────────────────────────────────────────


def test_a_draft_begins_as_a_copy_of_the_version_in_force(sign_in, sun):
    make.regulation("rota", {"turn_months": 6}, title="轮值办法", body="第一条 每半年一轮。")
    answer = sign_in(sun).post(reverse("alliance:regulation-draft"), {"text": "rota"})
    made = Regulation.objects.get(status="draft")
    assert answer.url == url(made, "edit")
    assert (made.number, made.title, made.value("turn_months")) == (2, "轮值办法", 6)
    assert [part.body for part in made.sections.all()] == ["每半年一轮。"]
    assert made.duty_items.count() == 5


def test_the_first_draft_carries_the_defaults(sun):
    made = actions.draft("rota", by=sun)
    assert made.settings == {each.code: each.default for each in settings_of("rota")}
    assert [item.kind for item in made.duty_items.all()][:2] == ["topics", "meeting"]


def test_there_is_one_draft_of_a_text_at_a_time(sign_in, sun):
    actions.draft("charter", by=sun)
    client = sign_in(sun)
    answer = client.post(reverse("alliance:regulation-draft"), {"text": "charter"}, follow=True)
    assert "已有一份草案" in answer.content.decode()
    actions.draft("rota", by=sun)
    assert Regulation.objects.filter(status="draft").count() == 2


def test_an_unknown_text_is_not_found(sign_in, sun):
    client = sign_in(sun)
    assert client.post(reverse("alliance:regulation-draft"), {"text": "x"}).status_code == 404


def test_the_draft_is_edited_on_one_page(sign_in, sun):
    draft = make.regulation_draft()
    answer = edit(
        sign_in(sun),
        draft,
        title="联盟章程（修订）",
        text="　　第一章　总则\r\n第一条　甲。\r\n　　（一）乙。\r\n第二条 丙。",
        setting_solve_days=10,
        change_note="办结期限改为十天",
    )
    assert answer.url == url(draft)
    draft.refresh_from_db()
    assert (draft.title, draft.value("solve_days")) == ("联盟章程（修订）", 10)
    assert draft.change_note == "办结期限改为十天"
    assert [part.body for part in draft.sections.all()] == ["", "甲。\n（一）乙。", "丙。"]
    assert Event.objects.get(name="regulation.edited", by=sun).facts["fields"] == [
        "change_note",
        "settings",
        "text",
        "title",
    ]


def test_duties_are_added_changed_and_taken_out_in_their_rows(sign_in, sun):
    draft = make.regulation_draft("rota")
    new = {"title": "走访企业", "kind": "other", "anchor": "start", "days": 40}
    empty = {"title": "", "kind": "other", "anchor": "start", "days": 30}
    typed = duties_typed(draft, new, empty) | {
        "duties-0-title": "征集会议议题",
        "duties-1-DELETE": "on",
    }
    assert edit(sign_in(sun), draft, **typed).status_code == 302
    titles = list(draft.duty_items.values_list("title", flat=True))
    assert titles == ["征集会议议题", "联合主题党日", "编发简报", "办理交接", "走访企业"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"setting_solve_days": 0}, "请填 1 到 30 之间的整数"),
        ({"setting_solve_days": 31}, "请填 1 到 30 之间的整数"),
        ({"setting_solve_days": "七"}, "请填 1 到 30 之间的整数"),
        ({"setting_solve_days": 20, "setting_longest_days": 10}, "不能大于“最长办理期限"),
        ({"title": ""}, "名称"),
        ({"text": "　\n"}, "正文"),
        ({"text": "第一条 " + "长" * 60_000}, "正文"),
    ],
)
def test_bad_input_is_explained_and_nothing_typed_is_lost(sign_in, sun, changes, sentence):
    draft = make.regulation_draft()
    answer = edit(sign_in(sun), draft, change_note="打了很久的说明", **changes)
    assert answer.status_code == 200
    summary = answer.content.decode().partition('class="error-summary"')[2]
    assert sentence in summary.partition("</div>")[0]
    assert "打了很久的说明" in summary
    draft.refresh_from_db()
    assert draft.change_note == "" and draft.value("solve_days") == 7


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("rota", {"setting_turn_months": 5}),
        ("rota", {"setting_rotating_kinds": []}),
        ("rota", {"setting_rotating_kinds": ["enterprise", "x"]}),
        ("rota", {"setting_order_rule": "x"}),
        ("rota", {"duties-0-days": 400}),
        ("rota", {"duties-0-title": "编发简报"}),
        ("meetings", {"setting_quorum_percent": 100}),
        ("meetings", {"setting_invite_days": 20}),
    ],
)
def test_choices_and_limits_of_the_systems_hold_too(sign_in, sun, text, changes):
    draft = make.regulation_draft(text)
    typed = (duties_typed(draft) if text == "rota" else {}) | changes
    assert edit(sign_in(sun), draft, **typed).status_code == 200
    assert not Event.objects.filter(name="regulation.edited", by=sun).exists()


def test_every_setting_has_its_field_with_its_default_in_words(sign_in, sun):
    for text in ("charter", "rota", "meetings"):
        draft = make.regulation_draft(text)
        words = page(sign_in(sun), url(draft, "edit"))
        for setting in settings_of(text):
            assert f'name="setting_{setting.code}"' in words
            assert f"默认：{setting.words(setting.default)}。" in words


def test_a_setting_of_another_text_or_beyond_its_limits_is_refused_by_the_action(sun):
    draft = make.regulation_draft()
    for settings in ({"turn_months": 3}, {"solve_days": 99}, {"unknown": 1}):
        with pytest.raises(StepRefused):
            actions.edit(draft, title="x", text="第一条 x", settings=settings, by=sun)


def test_the_second_of_two_editors_is_told_keeps_what_was_typed_and_chooses(sign_in, sun):
    draft, other = make.regulation_draft(), make.staff(name="李明")
    client = sign_in(sun)
    mine = hidden(client, url(draft, "edit"))
    edit(sign_in(other), draft, text="第一条 对方写的。")
    client = sign_in(sun)
    answer = edit(client, draft, mine, text="第一条 我写的。")
    text = answer.content.decode()
    assert "李明刚改过这份草案的正文，这次没有保存" in text
    assert "我写的。" in text and "对方写的。" in text
    assert draft.sections.get().body == "对方写的。"
    again = mine | {"seen": answer.context["form"]["seen"].value()}
    assert edit(client, draft, again, text="第一条 我写的。").status_code == 302
    assert draft.sections.get().body == "我写的。"


def test_a_forged_memory_counts_as_having_seen_nothing(sign_in, sun):
    draft = make.regulation_draft()
    assert edit(sign_in(sun), draft, seen="x", text="第一条 改。").status_code == 200


# ── Adopting ────────────────────────────────────────────────────────────────────────────────


def test_the_preview_says_in_words_what_adopting_changes(sign_in, cast, sun):
    before = make.regulation(starts_on=today() - 30 * DAY)
    draft = make.regulation_draft(
        settings={"solve_days": 10}, body="第一条 为了加强联系，制定本办法。\n第三条 新增一条。"
    )
    shown, done = adopt(sign_in(sun), draft, starts_on=today() + 5 * DAY)
    words = " ".join(shown.context["preview"])
    assert f"{before}施行到 {today() + 4 * DAY}" in words
    assert "继续按它办理" in words
    assert "设定“一般需求办结”：由“7 个工作日”改为“10 个工作日”" in words
    assert "正文新增 1 处、修改 1 处、删去 2 处" in words
    assert "3 家成员单位会收到通知" in words
    assert done.status_code == 302
    before.refresh_from_db()
    draft.refresh_from_db()
    assert (before.ends_on, draft.status) == (today() + 4 * DAY, "adopted")
    assert (draft.starts_on, draft.adopted_how) == (today() + 5 * DAY, "联席会议审议通过")


def test_changed_duties_stand_in_the_preview(sign_in, sun):
    make.regulation("rota")
    draft = actions.draft("rota", by=sun)
    rows = [actions.duty_facts(item) for item in draft.duty_items.all()][1:]
    rows[0]["days"] = 50
    rows.append({"title": "走访企业", "kind": "other", "anchor": "start", "days": 40})
    actions.edit(draft, title="x", text="第一条 x", settings={}, duties=rows, by=sun)
    shown, _done = adopt(sign_in(sun), draft, starts_on=today() + DAY)
    words = " ".join(shown.context["preview"])
    assert "轮值职责“召开联席会议”：由轮值开始后 60 天改为轮值开始后 50 天" in words
    assert "轮值职责新增“走访企业”（轮值开始后 40 天）" in words
    assert "轮值职责不再有“征集议题”" in words


def test_a_preview_that_has_become_another_is_shown_again(sign_in, sun, cast):
    draft = make.regulation_draft()
    path, client = url(draft, "adopt"), sign_in(sun)
    typed = hidden(client, path) | {"adopted_how": "通过"}
    seal = client.post(path, typed).context["seal"]
    make.seat(make.unit())  # one unit more will be asked
    assert client.post(path, typed | {"confirm": seal}).status_code == 200
    draft.refresh_from_db()
    assert draft.status == "draft"


@pytest.mark.parametrize(
    ("offset", "sentence"),
    [(-5, "须晚于这一天"), (-4, "最早是今天"), (-1, "最早是今天"), (800, "两年以后")],
)
def test_an_amendment_begins_after_the_version_before_and_not_in_the_past(
    sign_in, sun, offset, sentence
):
    make.regulation(starts_on=today() - 5 * DAY)
    draft = make.regulation_draft()
    shown, done = adopt(sign_in(sun), draft, starts_on=today() + offset * DAY)
    assert done is None and sentence in shown.content.decode()


def test_the_first_version_may_have_begun_long_ago(sun):
    draft = make.regulation_draft()
    actions.adopt(draft, starts_on=make.LONG_AGO, adopted_how="x", by=sun)
    assert draft.is_in_force(make.LONG_AGO) and draft.is_in_force()


def test_an_empty_text_is_not_adopted(sun):
    draft = actions.draft("charter", by=sun)
    with pytest.raises(StepRefused, match="正文还是空的"):
        actions.adopt(draft, starts_on=today(), adopted_how="x", by=sun)


def test_an_amendment_decides_from_its_first_day_and_what_began_before_keeps_the_old(cast):
    old = make.regulation("rota", {"turn_months": 6}, today() - 30 * DAY)
    cast.turn.regulation = old
    cast.turn.save()
    new = make.regulation("rota", {"turn_months": 1}, today() + 10 * DAY)
    on = Regulation.objects.settings
    assert on(today() + 9 * DAY)["turn_months"] == 6
    assert on(today() + 10 * DAY)["turn_months"] == 1
    assert on(today() + 10 * DAY).versions["rota"] == new
    assert on(today() - 31 * DAY)["turn_months"] == SETTINGS["turn_months"].default
    cast.turn.refresh_from_db()
    assert cast.turn.regulation.value("turn_months") == 6


def test_an_adopted_version_cannot_be_edited(sign_in, sun):
    version = make.regulation()
    client = sign_in(sun)
    assert client.get(url(version, "edit")).status_code == 302
    for act in (
        lambda: actions.edit(version, title="x", text="第一条 x", settings={}, by=sun),
        lambda: actions.add_files(version, [], by=sun),
        lambda: actions.drop(version, by=sun),
        lambda: actions.adopt(version, starts_on=today(), adopted_how="x", by=sun),
    ):
        with pytest.raises(StepRefused, match="不能再修改"):
            act()


def test_withdrawn_before_its_first_day_the_version_before_stays(sign_in, cast, sun):
    before = make.regulation(starts_on=today() - 30 * DAY)
    coming = make.regulation(starts_on=today() + 5 * DAY)
    client, path = sign_in(sun), url(coming, "withdraw")
    typed = hidden(client, path) | {"reason": "条款有误"}
    assert client.post(path, typed).url == url(coming)
    before.refresh_from_db()
    coming.refresh_from_db()
    assert before.ends_on is None and coming.status == "dropped"
    assert "条款有误" in page(client, url(coming))
    assert sign_in(cast.lin).get(url(coming)).status_code == 404
    make.regulation(starts_on=today() + 6 * DAY)  # and another one can follow


def test_a_version_that_has_begun_or_is_followed_cannot_be_withdrawn(sign_in, sun):
    begun = make.regulation()
    middle = make.regulation(starts_on=today() + 5 * DAY)
    last = make.regulation(starts_on=today() + 9 * DAY)
    client = sign_in(sun)
    for version, sentence in ((begun, "已经施行"), (middle, "请先作废那一版")):
        assert client.get(url(version, "withdraw")).status_code == 302
        with pytest.raises(StepRefused, match=sentence):
            actions.withdraw(version, reason="x", by=sun)
    actions.withdraw(last, reason="x", by=sun)
    actions.withdraw(middle, reason="x", by=sun)
    begun.refresh_from_db()
    assert begun.ends_on is None


def test_a_dropped_draft_makes_room_for_another(sign_in, sun):
    draft = make.regulation_draft()
    sign_in(sun).post(url(draft, "drop"))
    draft.refresh_from_db()
    assert draft.status == "dropped"
    assert actions.draft("charter", by=sun).number == 2


# ── States × acts × people ──────────────────────────────────────────────────────────────────


def states():
    """A version in each state it can have, of a text of its own where need be."""
    dropped = make.regulation_draft("meetings")
    actions.drop(dropped, by=None)
    withdrawn = make.regulation("meetings", starts_on=today() + 2 * DAY)
    actions.withdraw(withdrawn, reason="x", by=None)
    ended = make.regulation("rota", starts_on=today() - 30 * DAY)
    in_force = make.regulation("rota", starts_on=today() - DAY, at=timezone.now() - 9 * DAY)
    coming = make.regulation("charter", starts_on=today() + 3 * DAY)
    draft = make.regulation_draft("charter")
    return {
        "draft": draft,
        "coming": coming,
        "in_force": in_force,
        "ended": ended,
        "dropped": dropped,
        "withdrawn": withdrawn,
    }


ACTS = {
    "edit": lambda row, by: actions.edit(row, title="新", text="第一条 新", settings={}, by=by),
    "adopt": lambda row, by: actions.adopt(
        row, starts_on=today() + 9 * DAY, adopted_how="通过", by=by
    ),
    "withdraw": lambda row, by: actions.withdraw(row, reason="原因", by=by),
    "drop": lambda row, by: actions.drop(row, by=by),
    "add_files": lambda row, by: actions.add_files(row, [], by=by),
}
ALLOWED = {("draft", act) for act in ("edit", "adopt", "drop", "add_files")} | {
    ("coming", "withdraw")
}
NOBODY_ELSE = ("lin", "wu", "zhao", "leader", "auditor", "admin", "plain", "nobody")


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", ["draft", "coming", "in_force", "ended", "dropped", "withdrawn"])
def test_each_act_in_each_state_by_everybody(cast, sun, state, act):
    row = states()[state]
    people = {name: getattr(cast, name) for name in ("lin", "wu", "zhao")}
    people |= {role: make.staff(role) for role in ("leader", "auditor", "admin")}
    people["plain"] = make.member(cast.wu_branch, user=make.user()).user
    people["nobody"] = make.user()
    before = Event.objects.count()
    for name in NOBODY_ELSE:
        with pytest.raises(NotYours):
            ACTS[act](Regulation.objects.get(pk=row.pk), people[name])
    assert Event.objects.count() == before
    if (state, act) in ALLOWED:
        ACTS[act](row, sun)
        assert Event.objects.count() > before
    else:
        with pytest.raises(StepRefused):
            ACTS[act](row, sun)
        assert Event.objects.count() == before


PAGES = {
    "edit": "get",
    "adopt": "get",
    "withdraw": "get",
    "attach": "get",
    "drop": "post",
    "remind": "post",
    "signatures": "get",
}


@pytest.mark.parametrize("verb", PAGES)
def test_the_pages_of_the_office_answer_nobody_else(sign_in, cast, verb):
    row = make.regulation(starts_on=today() + DAY)
    for user in (cast.lin, make.staff("admin"), make.member(user=make.user()).user):
        assert getattr(sign_in(user), PAGES[verb])(url(row, verb)).status_code == 403
    leader = getattr(sign_in(make.staff("leader")), PAGES[verb])(url(row, verb))
    assert leader.status_code == (200 if verb == "signatures" else 403)


# ── Files ───────────────────────────────────────────────────────────────────────────────────


def test_the_office_adds_files_to_a_draft_and_takes_them_out(sign_in, sun, cast):
    draft, client = make.regulation_draft(), sign_in(sun)
    path = url(draft, "attach")
    once = hidden(client, path)
    client.post(path, once | {"files": [make.pdf("附件一.pdf"), make.office_file("附件二.xlsx")]})
    first, second = draft.files.all()
    assert (first.name, second.kind, first.added_by) == ("附件一.pdf", "xlsx", sun)
    file = reverse("alliance:regulation-file", args=[first.pk])
    answer = client.get(file)
    assert b"".join(answer.streaming_content) == make.pdf().read()
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert sign_in(cast.lin).get(file).status_code == 404  # a draft's file is the office's too
    assert (
        sign_in(cast.lin).get(reverse("alliance:regulation-file", args=[9999])).status_code == 404
    )
    client = sign_in(sun)
    client.post(reverse("alliance:regulation-unfile", args=[second.pk]))
    actions.adopt(draft, starts_on=today(), adopted_how="x", by=sun)
    assert sign_in(cast.lin).get(file).status_code == 200
    client = sign_in(sun)
    gone = client.post(reverse("alliance:regulation-unfile", args=[first.pk]), follow=True)
    assert "不能再修改" in gone.content.decode()
    assert list(draft.files.all()) == [first]


@pytest.mark.parametrize(
    "file",
    [
        lambda: make.office_file("宏.docm"),
        lambda: make.office_file("宏.docx", members={"word/vbaProject.bin": "x"}),
        lambda: make.pdf("画.svg"),
        lambda: make.pdf("a.pdf.html"),
    ],
)
def test_a_file_that_will_not_do_is_explained_and_nothing_is_stored(sign_in, sun, file):
    draft, client = make.regulation_draft(), sign_in(sun)
    path = url(draft, "attach")
    answer = client.post(path, hidden(client, path) | {"files": [file(), make.pdf()]})
    assert answer.status_code == 200 and "error-summary" in answer.content.decode()
    assert "文件没有保存，请重新选择" in answer.content.decode()
    assert not RegulationFile.objects.exists()


def test_a_file_over_the_limit_is_dropped_while_it_arrives_and_named(sign_in, sun, settings):
    settings.UPLOAD_MAX_BYTES = 2**20
    draft, client = make.regulation_draft(), sign_in(sun)
    path = url(draft, "attach")
    big = make.pdf("很大.pdf", body=b"x" * 2**20)
    answer = client.post(path, hidden(client, path) | {"files": [big]})
    assert "“很大.pdf”超过 1 MB" in answer.content.decode()


# ── Comparing ───────────────────────────────────────────────────────────────────────────────


def test_two_versions_are_shown_article_by_article_with_the_changed_words(sign_in, zhao):
    old = make.regulation("rota", {"turn_months": 3}, body="第一条 每季度一轮。\n第二条 不变。")
    new = make.regulation(
        "rota",
        {"turn_months": 6},
        today() + DAY,
        body="第一条 每半年一轮。\n第二条 不变。\n第三条 新的一条。",
        duties=[{"title": "走访企业", "kind": "other", "anchor": "end", "days": 0}],
    )
    client = sign_in(zhao)
    shown = client.get(url(new, "compare"), {"with": old.pk})
    text = shown.content.decode()
    assert (shown.context["old"], shown.context["new"]) == (old, new)
    assert "<del>" in text and "<ins>" in text and "（删去：" in text and "（新增：" in text
    assert [change.kind for change in shown.context["changes"]] == ["changed", "added"]
    assert shown.context["settings"] == [
        {"label": SETTINGS["turn_months"].label, "old": "一个季度", "new": "半年"}
    ]
    assert ("走访企业", "", "轮值最后一天") in [
        tuple(row.values()) for row in shown.context["duties"]
    ]
    swapped = client.get(url(old, "compare"), {"with": new.pk})
    assert swapped.context["old"] == old
    assert client.get(url(old, "compare")).context["new"] == new


def test_only_versions_of_the_same_text_that_the_reader_sees_are_compared(sign_in, zhao):
    version, other = make.regulation(), make.regulation("rota")
    draft = make.regulation_draft()
    client = sign_in(zhao)
    for wrong in (other.pk, draft.pk, 99999, "x"):
        assert client.get(url(version, "compare"), {"with": wrong}).status_code == 404
    assert "还没有别的版本" in page(client, url(version, "compare"))


def test_a_script_in_the_text_is_shown_as_text(sign_in, zhao):
    make.regulation(body="第一条 甲<script>alert(1)</script>。")
    new = make.regulation(starts_on=today() + DAY, body="第一条 乙<script>alert(2)</script>。")
    for verb in ("detail", "compare"):
        text = page(sign_in(zhao), url(new, verb))
        assert "<script>alert" not in text and "&lt;script&gt;" in text


def test_the_admin_site_only_shows_versions(sign_in, sun):
    version = make.regulation()
    client = sign_in(sun)
    page(client, reverse("admin:alliance_regulation_changelist"))
    change = reverse("admin:alliance_regulation_change", args=[version.pk])
    assert client.get(change).status_code == 200
    client.post(change, {"title": "改"})
    assert client.get(reverse("admin:alliance_regulation_add")).status_code == 403
    version.refresh_from_db()
    assert version.title != "改"


def test_roles_of_the_office_alone_edit(sun, cast):
    version = make.regulation()
    assert version in Regulation.objects.editable_by(sun)
    assert version not in Regulation.objects.editable_by(cast.lin)
    assert roles.has_role(sun, roles.STAFF)
    assert SignOff.objects.filter(regulation=version).count() == 3
