"""What waits for whom on the start page."""

import pytest
from django.utils import timezone

from members.actions import appraisals, lifemeetings
from nanchuan.portal.todo import todo
from tests import make
from tests import make_appraisals as made

pytestmark = pytest.mark.django_db


def verbs(user):
    return [str(item.verb) for item in todo(type(user).objects.get(pk=user.pk))]


def test_each_step_waits_for_whose_turn_it_is(cast, sun):
    chief = make.secretary(cast.root).user
    plain = made.people(cast.lin_branch, 6)[0]
    young = make.member(cast.lin_branch, "probationary", user=make.user())
    appraisal = made.appraisal(cast.lin_branch)
    everybody = {"lin": cast.lin, "plain": plain.user, "young": young.user}
    everybody |= {"chief": chief, "sun": sun, "wu": cast.wu}

    def waiting(verb):
        return {name for name, user in everybody.items() if verb in verbs(user)}

    assert waiting("填写自评") == {"lin", "plain", "young"}
    appraisals.hand_in(appraisal.appraisees.get(member=plain), text="自评", grade="qualified")
    assert waiting("填写自评") == {"lin", "young"}
    made.take(appraisal, "peers", None)
    assert waiting("参加互评") == {"lin", "plain"}
    made.vote(appraisal, plain)
    assert waiting("参加互评") == {"lin"}
    appraisals.end_peers(appraisal, by=None)
    assert waiting("组织评定") == {"lin"}
    made.take(appraisal, "confirming", None)
    assert waiting("确认评定") == {"chief", "sun"}
    made.take(appraisal, "confirmed", None)
    assert waiting("公布等次") == {"lin"}
    made.take(appraisal, "released", None)
    assert not any(waiting(verb) for verb in ("组织评定", "确认评定", "公布等次"))


def test_an_item_to_put_right_waits_for_its_owner(cast):
    plain = made.people(cast.lin_branch, 1)[0]
    meeting = made.life_meeting(cast.lin_branch, "held")
    due = timezone.localdate()
    item = lifemeetings.add_item(meeting, text="改进", owner=plain, due_on=due, by=cast.lin)
    assert verbs(plain.user) == ["完成整改"]
    lifemeetings.finish_item(item, outcome="好了", by=plain.user)
    assert verbs(plain.user) == []
