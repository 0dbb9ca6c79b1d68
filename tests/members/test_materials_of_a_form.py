"""What was studied is chosen while the activity is logged; the plan stands in the handbook."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from members.actions import plans, studies
from members.models import Activity
from nanchuan.kernel.models import Event
from tests import make
from tests.members.test_activity_papers import words
from tests.members.test_log_activity import CREATE, errors, typed

pytestmark = pytest.mark.django_db


def material(cast, title="讲话精神", **facts):
    return studies.add(by=cast.lin, title=title, text="全文", **facts)


def test_lin_chooses_what_was_studied(sign_in, cast):
    chosen, other = material(cast), material(cast, "另一份")
    assert "讲话精神" in sign_in(cast.lin).get(CREATE).content.decode()
    sign_in(cast.lin).post(CREATE, typed(cast, materials=[chosen.pk]))
    activity = Activity.objects.get()
    assert list(activity.materials.all()) == [chosen]
    assert not Event.objects.filter(name="activity.studied").exists()  # it was handed in with it
    page = sign_in(cast.lin).get(activity.get_absolute_url()).content.decode()
    assert "讲话精神" in page and other.title not in page


def test_a_material_of_another_branch_is_no_choice_and_nothing_typed_is_lost(sign_in, cast):
    foreign = material(cast, organization=cast.wu_branch)
    answer = sign_in(cast.lin).post(CREATE, typed(cast, materials=[foreign.pk], place="三号车间"))
    assert "materials" in errors(answer)
    page = answer.content.decode()
    assert "三号车间" in page and foreign.title not in page
    assert not Activity.objects.standing().exists()


def test_the_handbook_lists_the_plan_and_what_became_of_it(sign_in, cast):
    kind, year = make.activity_kind(), timezone.localdate().year
    facts = {"kind": kind, "planned_on": date(year, 12, 30), "title": "年终学习"}
    plans.add(cast.lin_branch, by=cast.lin, **facts)
    address = reverse("members:organization-handbook", args=[cast.lin_branch.pk])
    found = words(sign_in(cast.lin).get(f"{address}?year={year}"))
    assert "年终学习" in found and "主题党日" in found


def test_a_duty_leads_to_the_form_of_its_kind(sign_in, cast):
    make.activity(cast.lin_branch, host=cast.lin_member, place="三号车间")
    lecture = make.activity_kind("party_lecture", "党课")
    form = sign_in(cast.lin).get(f"{CREATE}?kind=party_lecture").context["form"]
    assert form.initial["kind"] == lecture.pk and form.initial["place"] == "三号车间"
    strange = sign_in(cast.lin).get(f"{CREATE}?kind=%00nothing").context["form"]
    assert strange.initial["kind"] == make.activity_kind().pk
