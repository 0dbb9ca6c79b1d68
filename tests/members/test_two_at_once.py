"""Two people correct the same activity at the same moment, on connections of their own."""

import threading

import pytest
from django.db import close_old_connections, connection

from members.actions import activities
from members.models import Activity
from nanchuan.kernel.states import StepRefused
from tests import make

ROUNDS = 5


def correct(pk, title, barrier, refused):
    close_old_connections()
    try:
        activity = Activity.objects.get(pk=pk)
        members = list(activity.members.all())
        barrier.wait()
        activities.change(activity, by=activity.logged_by, members=members, title=title)
    except StepRefused as refusal:
        refused.append(str(refusal))
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_of_two_corrections_one_is_kept_and_one_is_told():
    branch = make.organization()
    for _round in range(ROUNDS):
        activity = make.activity(branch)
        barrier, refused = threading.Barrier(2), []
        threads = [
            threading.Thread(target=correct, args=(activity.pk, title, barrier, refused))
            for title in ("甲的更正", "乙的更正")
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        activity.refresh_from_db()
        assert activity.revision == 1
        assert activity.title in ("甲的更正", "乙的更正")
        assert len(refused) == 1 and "刚被别人更正" in refused[0]
