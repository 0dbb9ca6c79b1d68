"""What a peer said is nowhere: no row, column, order, event, log, page or export tells it."""

import io
import itertools
import logging

import pytest
from auditlog.models import LogEntry
from django.apps import apps
from django.contrib import admin
from django.core import serializers
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.actions import appraisals, ballots, urns
from members.models import Appraisal, Appraisee, Grade, PeerResult, Urn
from nanchuan.kernel.models import Event, FormToken
from nanchuan.kernel.policies import all_policies
from tests import make
from tests import make_appraisals as made

pytestmark = pytest.mark.django_db


@pytest.fixture
def appraisal(cast):
    made.people(cast.lin_branch)
    return made.appraisal(cast.lin_branch, "peers")


def ballot_of(appraisal, user, grade="unqualified"):
    others = appraisal.appraisees.graded().exclude(member__user=user)
    return {f"grade_{row.pk}": grade for row in others}


def vote_by_page(appraisal, user, grade="unqualified"):
    client = Client()
    client.force_login(user)
    address = reverse("members:appraisal-vote", args=[appraisal.pk])
    return client.post(address, ballot_of(appraisal, user, grade))


def everything_but_the_urn():
    """Every row of the database as text, without what sessions hold."""
    rows = itertools.chain.from_iterable(
        model._base_manager.order_by("pk") for model in apps.get_models() if model is not Urn
    )
    return serializers.serialize("json", rows)


def test_a_vote_leaves_the_sum_and_one_bit_and_nothing_else(cast, appraisal):
    before = everything_but_the_urn()
    made.vote(appraisal, cast.lin_member, "unqualified")
    Appraisee.objects.filter(member=cast.lin_member).update(has_voted=False)
    assert everything_but_the_urn() == before


def test_by_the_page_no_event_token_or_field_change_is_kept(cast, appraisal):
    kept = [Event.objects.count(), FormToken.objects.count(), LogEntry.objects.count()]
    assert vote_by_page(appraisal, cast.lin).status_code == 302
    assert [Event.objects.count(), FormToken.objects.count(), LogEntry.objects.count()] == kept


def test_the_same_ballots_in_any_order_leave_the_same_sum(cast):
    """Nothing in the urn follows the order of casting: it is a sum."""
    branch = cast.lin_branch
    made.people(branch, 5)
    sums = set()
    grades = ["excellent", "qualified", "basic", "unqualified", "excellent", "basic"]
    for order in itertools.islice(itertools.permutations(range(6)), 0, 720, 97):
        appraisal = made.appraisal(branch, "peers")
        rows = list(appraisal.appraisees.graded().in_order().select_related("member"))
        for place in order:
            made.vote(appraisal, rows[place].member, grades[place])
        urn = urns.unseal(Urn.objects.get().sealed)
        sums.add(repr([urn[str(row.pk)] for row in rows]))
        appraisals.cancel(appraisal, reason="再试", by=None)
    assert len(sums) == 1


def test_the_seal_says_no_moment_and_is_always_as_long(cast, appraisal):
    from base64 import urlsafe_b64decode

    lengths = set()
    for row in appraisal.appraisees.graded().select_related("member"):
        sealed = Urn.objects.get().sealed
        lengths.add(len(sealed))
        assert urlsafe_b64decode(sealed)[1:9] == bytes(8)  # where a seal says when
        made.vote(appraisal, row.member, "excellent")
    assert len(lengths) == 1


def test_no_column_joins_what_was_said_to_a_person_or_a_moment():
    """Looked up in the models, so that a column that is added later is seen here."""
    users = {model for model in apps.get_models() if model._meta.label_lower == "accounts.user"}
    moments = (models.DateTimeField, models.DateField, models.TimeField)
    for model in (Urn, PeerResult):
        fields = model._meta.get_fields()
        assert not [field.name for field in fields if isinstance(field, moments)]
        assert not users & {field.related_model for field in fields if field.is_relation}
    assert {field.name for field in Urn._meta.get_fields()} == {"appraisal", "sealed"}
    counts = {"appraisee", *Grade.values}
    assert {field.name for field in PeerResult._meta.get_fields()} == counts
    kept = {field.name for field in Appraisee._meta.get_fields() if isinstance(field, moments)}
    assert kept == {"handed_in_on"}  # the day of the own words


def test_no_table_points_at_the_urn_or_a_count():
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.fields:
            assert field.related_model not in (Urn, PeerResult), model


def test_neither_the_trail_of_fields_nor_the_admin_knows_them():
    from auditlog.registry import auditlog

    for model in (Appraisal, Appraisee, Urn, PeerResult):
        assert model not in auditlog.get_models()
        assert model not in admin.site._registry


def test_no_statement_carries_a_grade(cast, appraisal):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        vote_by_page(appraisal, cast.lin)
    said = " ".join(query["sql"] for query in captured.captured_queries)
    assert 'UPDATE "members_urn"' in said
    for grade in Grade.values:
        assert f"'{grade}'" not in said


def test_no_log_line_carries_a_grade(cast, appraisal, settings):
    settings.DEBUG = True  # Django writes every statement then
    text, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(text), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    backends = logging.getLogger("django.db.backends")
    backends.setLevel(logging.DEBUG)
    try:
        connection.force_debug_cursor = True
        vote_by_page(appraisal, cast.lin)
    finally:
        connection.force_debug_cursor = False
        root.removeHandler(handler)
        root.setLevel(level)
        backends.setLevel(logging.NOTSET)
    assert "members_urn" in text.getvalue()
    for grade in Grade.values:
        assert f"'{grade}'" not in text.getvalue()


def test_a_fault_while_voting_reports_no_grade(cast, appraisal, monkeypatch, settings):
    """The report of an error shows no value of the form."""
    from django.test import RequestFactory
    from django.views.debug import SafeExceptionReporterFilter

    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(ballots, "cast", fail)
    caught = {}

    def keep(sender, request=None, **kwargs):
        caught["post"] = SafeExceptionReporterFilter().get_post_parameters(request)

    from django.core.signals import got_request_exception

    settings.DEBUG = False
    got_request_exception.connect(keep)
    client = Client(raise_request_exception=False)
    client.force_login(cast.lin)
    address = reverse("members:appraisal-vote", args=[appraisal.pk])
    try:
        assert client.post(address, ballot_of(appraisal, cast.lin)).status_code == 500
    finally:
        got_request_exception.disconnect(keep)
    assert RequestFactory and caught["post"]
    assert "unqualified" not in str(caught["post"])


@pytest.mark.parametrize("enough", [False, True])
def test_no_page_or_export_says_who_voted_what(cast, sun, appraisal, enough):
    """One single voter (and then six) with a grade that nobody else gives: nobody reads it before
    the step is over, and afterwards only who grades, as counts."""
    voters = list(appraisal.appraisees.graded().select_related("member__user"))
    for row in voters[: 6 if enough else 1]:
        made.vote(appraisal, row.member, "unqualified")
    readers = [cast.lin, sun, make.staff("leader"), make.staff("auditor"), voters[-1].member.user]
    for status in ("peers", "organization"):
        if status == "organization":
            appraisals.end_peers(appraisal, by=cast.lin)
        for user, text in pages(appraisal, readers):
            if user == cast.lin and status == "organization":
                continue
            assert "不合格 " not in text and "已评人员" not in text


def pages(appraisal, readers):
    for user in readers:
        client = Client()
        client.force_login(user)
        for name, policy in all_policies().items():
            if "appraisal" not in name or "GET" not in policy.methods or not policy.admits(user):
                continue
            for query in ("", "?export=xlsx"):
                arguments = [appraisal.pk] if not name.endswith(("list", "create")) else []
                answer = client.get(reverse(name, args=arguments) + query)
                body = b"".join(answer) if answer.streaming else answer.content
                if name.endswith("vote") and answer.status_code == 200:
                    continue  # the four grades stand there to be chosen from
                yield user, body.decode("utf-8", "replace")


def test_the_vote_page_keeps_no_draft_in_the_browser(client, cast, appraisal):
    client.force_login(cast.lin)
    answer = client.get(reverse("members:appraisal-vote", args=[appraisal.pk]))
    assert "data-draft" not in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
