"""What became of a need before a joint meeting (提请联席会议): topics, and what was resolved."""

from dataclasses import dataclass, field

from django.db.models import Prefetch

from alliance.models import ActionItem, Resolution, Topic
from services.models import Need, TopicCase


@dataclass
class Tabled:
    case: TopicCase
    topic: Topic
    resolutions: list[Resolution] = field(default_factory=list)


def of_need(need: Need, user) -> list[Tabled]:
    """The latest first, as far as the reader sees the meetings. Asks nothing for a need that was
    never put before one."""
    cases = sorted(need.topic_cases.all(), key=lambda case: case.pk, reverse=True)
    if not cases:
        return []
    rows = Topic.objects.visible_to(user).filter(pk__in=[case.topic_id for case in cases])
    topics = {topic.pk: topic for topic in rows.select_related("meeting")}
    resolved = _resolved([topic.item_id for topic in topics.values() if topic.item_id], user)
    return [
        Tabled(case, topics[case.topic_id], resolved.get(topics[case.topic_id].item_id, []))
        for case in cases
        if case.topic_id in topics
    ]


def _resolved(items, user) -> dict[int, list[Resolution]]:
    """By the line of the agenda, with what is to be done."""
    if not items:
        return {}
    todo = ActionItem.objects.visible_to(user).live().select_related("unit")
    rows = Resolution.objects.visible_to(user).counted().filter(item__in=items)
    found: dict[int, list[Resolution]] = {}
    for row in rows.prefetch_related(Prefetch("action_items", todo, to_attr="todo")):
        found.setdefault(row.item_id, []).append(row)
    return found


def of_meeting(meeting, user) -> dict[int, list[Need]]:
    """Topic → the needs behind it that a reader sees, each as the reader may read it."""
    pairs = list(TopicCase.objects.filter(topic__meeting=meeting).values_list("topic", "need"))
    if not pairs:
        return {}
    rows = Need.objects.visible_to(user).filter(pk__in=[need for _topic, need in pairs])
    needs = {need.pk: need for need in rows.with_faces(user)}
    found: dict[int, list[Need]] = {}
    for topic, need in sorted(pairs):
        if need in needs:
            found.setdefault(topic, []).append(needs[need])
    return found
