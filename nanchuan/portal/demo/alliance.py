"""The demo's alliance as it came about: texts adopted and signed, a rota planned, each turn with
its duties, meeting and handover, and what units asked of each other for next year."""

from datetime import date

from alliance import rota
from alliance.actions import (
    duties,
    duty_steps,
    handovers,
    measures,
    planning,
    regulations,
    signatures,
    swaps,
    turns,
)
from alliance.models import DutyKind, Group, Handover, Regulation, Section, Turn
from alliance.models.settings import Text
from nanchuan.accounts.models import User
from nanchuan.portal.demo import charters, items, park
from nanchuan.portal.demo import meetings as met
from nanchuan.portal.demo.moments import DAY, moment

QUARTER = 3  # months
TITLES = {
    Text.CHARTER: "产业链党建联盟章程（示例）",
    Text.ROTA: "企业轮值制度（示例）",
    Text.MEETINGS: "联席会议制度（示例）",
}
BODIES = {
    Text.CHARTER: charters.CHARTER,
    Text.ROTA: charters.ROTA,
    Text.MEETINGS: charters.MEETINGS,
}
WORDS = {
    DutyKind.TOPICS: "已向各成员单位征集议题并汇总。",
    DutyKind.THEME_DAY: "已联合小组各支部开展主题党日。",
    DutyKind.BULLETIN: "已编发本期简报，印送各成员单位。",
}
UNSIGNED = 3  # units that have not signed the amended charter yet


def staff() -> User:
    return User.objects.get(username="staff")


# ── Charter and systems ─────────────────────────────────────────────────────────────────────


def load_texts(made) -> None:
    """All three in force since the founding and signed by all; the charter amended last month."""
    for text, title in TITLES.items():
        _adopt(made, text, title, BODIES[text], made.founded_on, made.founded_on)
    amended_on = made.today - 25 * DAY
    _adopt(
        made,
        Text.CHARTER,
        TITLES[Text.CHARTER],
        charters.CHARTER_AMENDED,
        amended_on,
        made.today - 15 * DAY,
        unsigned=UNSIGNED,
        change_note="按一年来的运行情况，明确延期须征得企业同意，增加新加入单位签字的规定。",
    )


def _adopt(made, text, title, body, on, starts_on, *, unsigned=0, change_note=""):  # noqa: PLR0913, PLR0917
    by, at = staff(), moment(on)
    version = regulations.draft(text, by=by, at=at)
    duty_rows = [
        dict(zip(("kind", "title", "anchor", "days"), row, strict=True)) for row in charters.DUTIES
    ]
    facts = {"duties": duty_rows if text == Text.ROTA else (), "change_note": change_note}
    regulations.edit(version, title=title, text=body, settings={}, by=by, at=at, **facts)
    regulations.adopt(
        version, starts_on=starts_on, adopted_how="联席会议审议通过（示例）。", by=by, at=at
    )
    rows = list(version.sign_offs.select_related("unit").order_by("pk"))
    for number, row in enumerate(rows[: len(rows) - unsigned]):
        speaker = made.secretaries[row.unit.name]
        signed_at = moment(on + (1 + number % 7) * DAY, 10)
        signatures.read(row, by=speaker, at=signed_at)
        signatures.sign(row, name=speaker.name, by=speaker, at=signed_at)


# ── The rota ────────────────────────────────────────────────────────────────────────────────


def load_rota(made) -> None:
    """Three quarters served, the lead unit on turn now, a year and more to come."""
    begins = rota.period_start(made.today, QUARTER)
    for _back in range(3):
        begins = rota.period_start(begins - DAY, QUARTER)
    groups, planned_on = list(Group.objects.order_by("order")), begins
    for year in range(begins.year, made.today.year + 2):
        at = moment(min(planned_on, made.today - 30 * DAY), 8)
        planning.generate(groups, year=year, by=staff(), at=at)
        planned_on = date(year, 12, 10)
    rows = Turn.objects.filter(starts_on__lte=made.today).select_related("group", "seat__unit")
    for number, turn in enumerate(rows.order_by("starts_on", "group__order")):
        _serve(made, turn, number)
    _asked_for_next_year(made, groups)
    items.finish(made)
    met.gather(made, Turn.objects.current(made.today).filter(group__in=groups[1:]))
    duties.begin_due()
    handovers.open_due()


def _serve(made, turn, number) -> None:
    """One turn from its first day to its handover, as far as today."""
    speaker = made.secretaries[turn.seat.unit.name]
    duties.begin(turn, at=moment(turn.starts_on, 8))
    turn.refresh_from_db()
    theme = park.THEMES[number % len(park.THEMES)]
    duties.describe(
        turn,
        chair_name=speaker.name,
        theme=theme,
        by=speaker,
        at=moment(turn.starts_on, 11),
    )
    for duty in turn.duties.filter(kind__in=WORDS).order_by("due_on"):
        done_on = duty.due_on - 2 * DAY
        if done_on < made.today:
            duty_steps.complete(duty, note=WORDS[duty.kind], by=speaker, at=moment(done_on, 16))
    if turn.ends_on < made.today:
        met.meet(made, turn, number, on=turn.starts_on + 45 * DAY, announced=16)
        _hand_over(made, turn)
    elif turn.group.order == 1:  # the lead unit has just convened
        met.meet(made, turn, number, on=made.today + 9 * DAY, announced=None)
    elif turn.group.order == 2:
        met.call_for_topics(made, turn)


def _hand_over(made, turn) -> None:
    opened = turn.ends_on - 13 * DAY
    handovers.open_due(at=moment(opened, 8), group=turn.group)
    sheet = Handover.objects.get(turn=turn)
    leaving = made.secretaries[turn.seat.unit.name]
    arriving = made.secretaries[sheet.arriving.seat.unit.name]
    facts = {"materials": "会议记录本 1 册\n活动影像资料 1 份", "remarks": ""}
    handovers.describe(sheet, by=leaving, at=moment(opened + 3 * DAY, 9), **facts)
    for party, by, after in (
        ("leaving", leaving, 3),
        ("arriving", arriving, 5),
        ("office", staff(), 8),
    ):
        handovers.sign(sheet, party=party, name=by.name, by=by, at=moment(opened + after * DAY, 15))


def _asked_for_next_year(made, groups) -> None:
    """A swap that waits for the office, one that was confirmed, and a turn that was declined."""
    ahead = [
        list(
            group.turns.filter(starts_on__year=made.today.year + 1)
            .select_related("group", "seat__unit")
            .order_by("starts_on")
        )
        for group in groups
    ]
    for rows, is_confirmed in ((ahead[1], True), (ahead[2], False)):
        first, second = rows[1], rows[2]
        asker, asked = (made.secretaries[turn.seat.unit.name] for turn in (first, second))
        at = made.at(12)
        swap = swaps.propose(first, second, reason="与本单位年度检修冲突。", by=asker, at=at)
        swaps.agree(swap, by=asked, at=made.at(11))
        swap.refresh_from_db()
        if is_confirmed:
            swaps.confirm(swap, by=staff(), at=made.at(10))
    turn = ahead[0][2]
    speaker = made.secretaries[turn.seat.unit.name]
    turns.decline(turn, reason="承担省外展会任务，人手不足。", by=speaker, at=made.at(8))


# ── Measures ────────────────────────────────────────────────────────────────────────────────


def load_measures(made) -> None:
    groups = list(Group.objects.order_by("order"))
    for group, article, title, content, unit, assisting, began, lasts, end in charters.MEASURES:
        starts_on = made.today - began * DAY
        version = Regulation.objects.in_force(starts_on).get(text=Text.CHARTER)
        measure = measures.create(
            title=title,
            content=content,
            clause=Section.objects.get(regulation=version, label=article),
            group=None if group is None else groups[group],
            unit=made.units[unit],
            assisting=[made.units[name] for name in assisting],
            milestones=[
                measures.Planned("形成方案", starts_on + lasts // 3 * DAY),
                measures.Planned("全面落实", starts_on + (lasts - 5) * DAY),
            ],
            starts_on=starts_on,
            due_on=starts_on + lasts * DAY,
            by=staff(),
            at=moment(starts_on),
        )
        _carry(made, measure, end)


def _carry(made, measure, end) -> None:
    """What became of it: done, done late, late, reported, dropped, or under way."""
    speaker, at = made.secretaries[measure.unit.name], moment
    span = measure.due_on - measure.starts_on
    first = measure.starts_on + span / 3
    measures.note(measure, text="方案已商定，正在落实。", percent=40, by=speaker, at=at(first, 16))
    milestone = measure.milestones.order_by("due_on").first()
    measures.finish_milestone(milestone, on=first, by=speaker, at=at(first, 17))
    last = {"done": measure.due_on - 6 * DAY, "done_late": measure.due_on + 5 * DAY}.get(
        end, made.today - 2 * DAY
    )
    if end == "dropped":
        measures.drop(measure, reason="与园区走访安排合并，不再单列。", by=staff(), at=at(last, 10))
    if end in ("done", "done_late", "reported"):
        measures.note(measure, text="各项工作已经完成。", percent=100, by=speaker, at=at(last, 15))
        effect = "参与企业反映良好，已形成固定做法。"
        measures.report(measure, effect=effect, by=speaker, at=at(last, 16))
    if end in ("done", "done_late"):
        measures.confirm(measure, by=staff(), at=at(last + DAY, 10))
