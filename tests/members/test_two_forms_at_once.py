"""Two people open the same page; the second who saves is told, and nothing typed is lost."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.actions import plans
from members.models import ActivityKind, Appraisee, PlannedActivity, StudyMaterial, YearWords
from tests import make, make_talk
from tests import make_appraisals as made

pytestmark = pytest.mark.django_db


def opened(client, url):
    """What the page would send back untouched."""
    form = client.get(url).context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value not in (None, "", False)}


def save(client, url, page, **typed):
    return client.post(url, page | typed | {"once": uuid.uuid4()})


def asked(response) -> dict[str, str]:
    """The questions of a page that was not saved, each as it is read."""
    assert response.status_code == 200, "saved without a word"
    form = response.context["form"]
    text = response.content.decode()
    names = [name for name in form.fields if name.startswith("keep_")]
    assert names and "刚改过" in text
    for name in names:
        assert f'name="{name}"' in text, "asked about and not shown"
    return {name: str(form[name]) for name in names}


@pytest.fixture
def two(cast, sun):
    """The office and the secretary, each with the page open before the first save."""

    def start(url, first=None, second=None):
        clients = Client(), Client()
        for client, user in zip(clients, (first or sun, second or cast.lin), strict=True):
            client.force_login(user)
        return [(client, opened(client, url)) for client in clients]

    return start


@pytest.fixture
def deputy(cast):
    """Leads the branch too."""
    post = make.post("主持工作的副书记", sole=False)
    person = make.member(cast.lin_branch, user=make.user())
    make.term(cast.lin_branch, post_name=post.name, member=person)
    return person.user


def plan_line(cast):
    planned_on, kind = timezone.localdate(), make.activity_kind()
    row = plans.add(cast.lin_branch, by=cast.lin, kind=kind, planned_on=planned_on, title="旧")
    return reverse("members:planned-edit", args=[row.pk]), PlannedActivity, row.pk, "title"


def material(cast):
    row = make_talk.material(cast.lin_branch, title="旧")
    return reverse("members:study-edit", args=[row.pk]), StudyMaterial, row.pk, "title"


@pytest.mark.parametrize("start", [plan_line, material])
@pytest.mark.parametrize("chosen", [("mine", "我的"), ("theirs", "对方的")])
def test_where_both_typed_the_second_chooses(two, cast, start, chosen):
    (url, model, pk, field), (choice, result) = start(cast), chosen
    (first, page), (second, other) = two(url)
    assert save(first, url, page, **{field: "对方的"}).status_code == 302
    response = save(second, url, other, **{field: "我的"})
    question = asked(response)[f"keep_{field}"]
    assert "对方的" in question and "我的" in question
    assert response.context["form"][field].value() == "我的"
    assert model.objects.values_list(field, flat=True).get(pk=pk) == "对方的"
    again = {name: response.context["form"][name].value() or "" for name in other}
    again["seen"] = response.context["form"]["seen"].value()
    keep = {field: "我的", f"keep_{field}": choice}
    assert save(second, url, again, **keep).status_code == 302
    assert model.objects.values_list(field, flat=True).get(pk=pk) == result


def test_what_the_other_changed_elsewhere_stays(two, cast, sun):
    """Browsers send the ends of lines in their own way: that is no change of the agenda."""
    kind = make.activity_kind("theme_day", "主题党日")
    ActivityKind.objects.filter(pk=kind.pk).update(agenda="学习\n讨论", hours=1)
    url = reverse("members:activitykind-edit", args=[kind.pk])
    (first, page), (second, other) = two(url, second=make.staff())
    assert save(first, url, page, agenda="学习\r\n讨论\r\n小结").status_code == 302
    other["agenda"] = other["agenda"].replace("\n", "\r\n")
    assert save(second, url, other, hours="2").status_code == 302
    kind.refresh_from_db()
    assert (kind.agenda.splitlines(), kind.hours) == (["学习", "讨论", "小结"], 2)


def test_two_change_the_hours_of_a_kind(two, cast, sun):
    kind = make.activity_kind("theme_day", "主题党日")
    url = reverse("members:activitykind-edit", args=[kind.pk])
    (first, page), (second, other) = two(url, second=make.staff())
    assert save(first, url, page, hours="3").status_code == 302
    assert "3.0" in asked(save(second, url, other, hours="2"))["keep_hours"]
    kind.refresh_from_db()
    assert kind.hours == 3


@pytest.mark.parametrize("written", ["", "去年的话"])
def test_two_sum_up_a_year(two, cast, deputy, written):
    """Also where nobody had written a word when both began."""
    year = timezone.localdate().year
    if written:
        YearWords.objects.create(
            organization=cast.lin_branch, year=year, text=written, written_by=cast.lin
        )
    url = f"{reverse('members:organization-words', args=[cast.lin_branch.pk])}?year={year}"
    (first, page), (second, other) = two(url, first=deputy)
    assert save(first, url, page, text="副书记写的总结").status_code == 302
    response = save(second, url, other, text="书记写的总结")
    question = asked(response)["keep_text"]
    assert "副书记写的总结" in question and str(deputy) in response.content.decode()
    assert response.context["form"]["text"].value() == "书记写的总结"
    assert YearWords.objects.get().text == "副书记写的总结"
    again = {"text": "书记写的总结", "seen": response.context["form"]["seen"].value()}
    assert save(second, url, again, keep_text="mine").status_code == 302
    assert YearWords.objects.get().text == "书记写的总结"


def test_two_grade_at_once(two, cast, deputy):
    """Different members are no conflict; the same member is asked about by name."""
    first_one, second_one, *_rest = made.people(cast.lin_branch, 6)
    appraisal = made.appraisal(cast.lin_branch, "organization")
    rows = {row.member_id: row.pk for row in appraisal.appraisees.all()}
    one, other = rows[first_one.pk], rows[second_one.pk]
    url = reverse("members:appraisal-grades", args=[appraisal.pk])
    (first, page), (second, open_page) = two(url, first=deputy)
    theirs = {f"grade_{one}": "excellent", f"comment_{one}": "副书记的评语"}
    assert save(first, url, page, **theirs).status_code == 302
    mine = {f"grade_{other}": "qualified", f"comment_{one}": "书记的评语"}
    response = save(second, url, open_page, **mine)
    questions = asked(response)
    assert set(questions) == {f"keep_comment_{one}"}
    assert first_one.name in response.content.decode()
    assert "副书记的评语" in questions[f"keep_comment_{one}"]
    form = response.context["form"]
    assert form[f"comment_{one}"].value() == "书记的评语"
    again = open_page | mine | {"seen": form["seen"].value(), f"keep_comment_{one}": "mine"}
    assert save(second, url, again).status_code == 302
    kept = {row.pk: (row.grade, row.comment) for row in Appraisee.objects.all()}
    assert kept[one] == ("excellent", "书记的评语")
    assert kept[other] == ("qualified", "")


def test_a_grade_that_both_gave_otherwise_is_asked_in_words(two, cast, deputy):
    person, *_rest = made.people(cast.lin_branch, 6)
    appraisal = made.appraisal(cast.lin_branch, "organization")
    row = appraisal.appraisees.get(member=person)
    url = reverse("members:appraisal-grades", args=[appraisal.pk])
    (first, page), (second, other) = two(url, first=deputy)
    assert save(first, url, page, **{f"grade_{row.pk}": "excellent"}).status_code == 302
    response = save(second, url, other, **{f"grade_{row.pk}": "basic"})
    question = asked(response)[f"keep_grade_{row.pk}"]
    assert "优秀" in question and "基本合格" in question
    assert f"{person.name}的评定等次" in response.content.decode()
    row.refresh_from_db()
    assert row.grade == "excellent"
