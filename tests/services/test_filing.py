"""Filing from a phone: files come along, others read a neutral title, who asks along is a party."""

import uuid

import pytest
from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from django.test import Client
from django.urls import reverse

from nanchuan.kernel.models import Event, FormToken
from nanchuan.kernel.templatetags.fields import kept_field
from nanchuan.notices.models import Notice
from nanchuan.notices.tasks import tick
from services.actions import cofilers, dispatching, drives, review
from services.forms.filing import NeedForm
from services.models import CoFiler, Need, NeedFile
from tests import make

pytestmark = pytest.mark.django_db

CREATE = reverse("services:need-create")
NEED = {
    "category": "finance",
    "title": "流动资金周转",
    "content": "三月底前需要三百万",
    "urgency": "soon",
    "audience": "alliance",
    "contact_name": "王主任",
    "contact_phone": "0971-8123456",
}


def typed(**changes):
    return {"once": str(uuid.uuid4())} | NEED | changes


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def lin(cast):
    return signed_in(cast.lin)


def told(user):
    tick()
    return [notice.reminder.rule for notice in Notice.objects.filter(recipient=user)]


def test_photos_and_files_stand_beside_the_need_without_where_they_were_taken(cast, lin):
    from PIL import Image

    photo = make.photo("现场.jpg", exif=_somewhere())
    lin.post(CREATE, typed(photos=[photo], files=[make.office_file("报价.xlsx")]))
    first, second = Need.objects.get().files.all()
    assert (first.name, second.name) == ("现场.jpg", "报价.xlsx")
    assert not Image.open(first.file).getexif()


def _somewhere():
    from PIL import Image

    exif = Image.Exif()
    exif[0x010E] = "隐语位置"
    return exif.tobytes()


def test_a_file_that_will_not_do_is_named_and_nothing_typed_is_lost(cast, lin):
    bad = make.office_file("宏.docm")
    response = lin.post(CREATE, typed(files=[bad], photos=[make.photo()]))
    assert not Need.objects.exists() and not NeedFile.objects.exists()
    assert "宏.docm" in response.text
    for words in (NEED["title"], NEED["content"], "请重新选择"):
        assert words in response.text


def test_others_read_a_neutral_title_that_a_filer_need_not_write(cast, lin):
    lin.post(CREATE, typed())
    need = Need.objects.get()
    review.publish(need, by=make.staff())
    page = signed_in(cast.wu).get(need.get_absolute_url()).text
    assert "融资需求" in page and NEED["title"] not in page
    lin.post(CREATE, typed(public_title="短期周转", public_note="额度三百万"))
    other = Need.objects.latest("pk")
    review.publish(other, by=make.staff())
    page = signed_in(cast.wu).get(other.get_absolute_url()).text
    assert "短期周转" in page and "额度三百万" in page


@pytest.mark.parametrize("name", ["public_title", "public_note"])
@pytest.mark.parametrize("words", ["lin公司要周转", "ＬＩＮ 公司", "圣源", "圣源地毯集团有限公司"])
def test_a_unit_s_own_name_in_what_others_read_is_asked_about_once(cast, lin, name, words):
    cast.lin_unit.short_name = "圣源"
    cast.lin_unit.save()
    response = lin.post(CREATE, typed(**{name: words}))
    assert name in response.context["form"].errors
    assert "names_known" in response.text
    lin.post(CREATE, typed(**{name: words, "names_known": "on"}))
    assert getattr(Need.objects.get(), name) == words


def test_what_only_the_office_reads_may_name_the_unit(cast, lin):
    lin.post(CREATE, typed(public_title="lin公司", audience="office"))
    assert Need.objects.count() == 1


def test_the_office_files_for_an_enterprise_that_hears_of_it(cast, sun):
    visit = drives.visit(
        unit=cast.zhao_unit, drive=None, on=make.LONG_AGO, visitors="孙", heard="缺工人", by=None
    )
    client = signed_in(sun)
    page = client.get(CREATE, {"visit": visit.pk})
    assert page.context["form"]["content"].value() == "缺工人"
    assert "走访zhao公司时听到的情况" in page.text
    answer = client.post(CREATE, typed(unit=cast.zhao_unit.pk, visit=visit.pk))
    need = Need.objects.get()
    assert answer.url == need.get_absolute_url() and need.visit == visit
    assert "need.filed_for" in told(cast.zhao)
    for reader in (sun, cast.zhao):
        assert "代为点单" in signed_in(reader).get(need.get_absolute_url()).text


def test_what_an_enterprise_filed_itself_stays_its_own_after_a_visit(cast, lin):
    lin.post(CREATE, typed())
    need = Need.objects.get()
    visit = drives.visit(
        unit=need.unit, drive=None, on=make.LONG_AGO, visitors="孙", heard="缺工人", by=None
    )
    Need.objects.update(visit=visit)
    page = lin.get(need.get_absolute_url()).text
    assert "走访时听到" in page and "代为点单" not in page


def test_a_visit_to_one_unit_is_no_need_of_another(cast, sun):
    visit = drives.visit(
        unit=cast.zhao_unit, drive=None, on=make.LONG_AGO, visitors="孙", heard="缺工人", by=None
    )
    response = signed_in(sun).post(CREATE, typed(unit=cast.lin_unit.pk, visit=visit.pk))
    assert "zhao公司" in response.context["form"].non_field_errors()[0]


def test_a_unit_cannot_hang_its_need_on_a_visit(cast, lin):
    visit = drives.visit(
        unit=cast.lin_unit, drive=None, on=make.LONG_AGO, visitors="孙", heard="缺工人", by=None
    )
    assert lin.get(CREATE, {"visit": visit.pk}).status_code == 404
    assert "visit" in lin.post(CREATE, typed(visit=visit.pk)).context["form"].errors


def test_two_clicks_file_one_need_with_one_set_of_files(cast, lin):
    once = str(uuid.uuid4())
    answers = [lin.post(CREATE, typed(once=once, photos=[make.photo()])) for _ in range(2)]
    assert answers[0].url == answers[1].url
    assert (Need.objects.count(), NeedFile.objects.count()) == (1, 1)


# ── Who asks along ──────────────────────────────────────────────────────────────────────────


def test_an_invited_unit_reads_the_whole_at_once_and_may_go_again(cast, lin):
    lin.post(CREATE, typed(audience="office", cofilers=[cast.zhao_unit.pk]))
    need = Need.objects.get()
    zhao = signed_in(cast.zhao)
    assert NEED["content"] in zhao.get(need.get_absolute_url()).text
    assert "need.cofiled" in told(cast.zhao)
    zhao.post(reverse("services:cofiler-leave", args=[need.cofilers.get().pk]))
    assert zhao.get(need.get_absolute_url()).status_code == 404
    assert "need.cofiling_left" in told(cast.lin)


def test_whoever_joins_reads_no_more_until_the_filer_agrees(cast, lin):
    need = make.need(cast.lin_unit, "published", title="隐语标题")
    wu = signed_in(cast.wu)
    page = wu.get(need.get_absolute_url()).text
    assert "我们也需要" in page
    for _ in range(2):
        wu.post(reverse("services:need-join", args=[need.pk]))
    assert need.cofilers.count() == 1
    page = wu.get(need.get_absolute_url()).text
    assert "隐语标题" not in page and "等待同意" in page
    assert "need.cofiling_asked" in told(cast.lin)
    assert "wu公司" in lin.get(need.get_absolute_url()).text
    lin.post(reverse("services:cofiler-admit", args=[need.cofilers.get().pk]))
    assert "隐语标题" in wu.get(need.get_absolute_url()).text
    assert "need.cofiled" in told(cast.wu)


def test_a_filer_that_does_not_agree_stays_unknown(cast, lin):
    need = make.need(cast.lin_unit, "published", title="隐语标题")
    cofilers.join(need, unit=cast.wu_unit, by=cast.wu)
    lin.post(reverse("services:cofiler-leave", args=[need.cofilers.get().pk]))
    assert not CoFiler.objects.exists()
    assert "need.cofiling_refused" in told(cast.wu)
    inbox = signed_in(cast.wu).get(reverse("notices:inbox")).text
    assert "隐语标题" not in inbox and "lin公司" not in inbox


def test_who_takes_its_wish_back_stays_unknown_to_all_but_the_filer(cast, lin):
    need = make.need(cast.lin_unit, "published")
    make.cofiler(need, cast.zhao_unit)
    row = cofilers.join(need, unit=cast.wu_unit, by=cast.wu)
    signed_in(cast.wu).post(reverse("services:cofiler-leave", args=[row.pk]))
    pages = {}
    for user in (cast.zhao, cast.lin):
        page = signed_in(user).get(need.get_absolute_url())
        pages[user.name] = [event.name for event in page.context["history"]]
    assert "need.cofiling_dropped" in pages["lin"]
    assert not [name for name in pages["zhao"] if name.startswith("need.cofiling")]
    assert "need.cofiling_dropped" in told(cast.lin)


def test_who_took_it_meanwhile_is_let_in_no_more(cast, lin):
    need = make.need(cast.lin_unit, "published")
    row = cofilers.join(need, unit=cast.wu_unit, by=cast.wu)
    dispatching.accept(need, unit=cast.wu_unit, by=cast.wu)
    lin.post(reverse("services:cofiler-admit", args=[row.pk]))
    row.refresh_from_db()
    assert row.admitted_at is None


def test_after_the_end_the_filer_puts_nobody_out(cast, lin):
    need = make.need(cast.lin_unit, "closed")
    row = make.cofiler(need, cast.zhao_unit)
    url = reverse("services:cofiler-leave", args=[row.pk])
    lin.post(url)
    assert CoFiler.objects.filter(pk=row.pk).exists()
    signed_in(cast.zhao).post(url)
    assert not CoFiler.objects.exists()


@pytest.mark.parametrize("name", ["wu", "zhao", "stranger"])
def test_nobody_else_lets_in_puts_out_or_invites(cast, name):
    person = make.liaison(make.unit()) if name == "stranger" else getattr(cast, name)
    need = make.need(cast.lin_unit, "published")
    row = cofilers.join(need, unit=cast.wu_unit, by=cast.wu)
    client = signed_in(person)
    admit = client.post(reverse("services:cofiler-admit", args=[row.pk]))
    assert admit.status_code == (403 if name == "wu" else 404)
    if name != "wu":
        assert client.post(reverse("services:cofiler-leave", args=[row.pk])).status_code == 404
    invite = reverse("services:need-invite", args=[need.pk])
    codes = {client.get(invite).status_code, client.post(invite, {}).status_code}
    assert codes == {404 if name == "stranger" else 403}
    row.refresh_from_db()
    assert row.admitted_at is None


def test_a_unit_joins_only_what_it_sees(cast):
    need = make.need(cast.lin_unit, "published", audience="group")
    join = reverse("services:need-join", args=[need.pk])
    assert signed_in(cast.zhao).post(join).status_code == 404
    waiting = make.need(cast.lin_unit, "submitted")
    assert (
        signed_in(cast.wu).post(reverse("services:need-join", args=[waiting.pk])).status_code == 404
    )
    assert not CoFiler.objects.exists()


def test_the_filer_invites_later_too(cast, lin):
    need = make.need(cast.lin_unit, "submitted")
    url = reverse("services:need-invite", args=[need.pk])
    page = lin.get(url)
    offered = set(page.context["form"].fields["units"].queryset)
    assert cast.wu_unit in offered and cast.lin_unit not in offered
    lin.post(url, {"once": str(uuid.uuid4()), "units": [cast.wu_unit.pk]})
    assert need.cofilers.get().unit == cast.wu_unit
    assert Need.objects.known_to(cast.wu).contains(need)


def test_a_file_is_handed_only_to_those_who_read_the_whole(cast, lin):
    lin.post(CREATE, typed(files=[make.pdf("隐语文件.pdf")], audience="alliance"))
    need = Need.objects.get()
    review.publish(need, by=make.staff())
    url = reverse("services:needfile-detail", args=[need.files.get().pk])
    assert lin.get(url)["Content-Disposition"].startswith("attachment")
    assert signed_in(cast.wu).get(need.get_absolute_url()).status_code == 200
    assert signed_in(cast.wu).get(url).status_code == 404


def test_what_solves_it_already_is_not_filed(cast, lin):
    answer = make.answer()
    once = str(uuid.uuid4())
    data = typed(once=once, solved=str(answer.pk))
    response = lin.post(CREATE, data, follow=True)
    assert "这次没有提交需求" in response.text
    assert not Need.objects.exists()
    assert Event.objects.filter(name="answer.helped").count() == 1
    lin.post(CREATE, data)
    assert Event.objects.filter(name="answer.helped").count() == 1
    assert FormToken.objects.filter(token=once).exists()


def test_a_field_that_is_kept_shows_each_reader_what_is_theirs(cast, lin):
    """Rendered once, as crispy-forms does; what stands in it is nobody else's."""
    for name in ("王<b>", "{{ x }}%s", "", "李"):
        form = NeedForm(user=cast.lin, initial={"contact_name": name, "category": "staff"})
        for field in (form["contact_name"], form["category"], form["content"], form["files"]):
            assert kept_field(field) == as_crispy_field(field)
    refused = NeedForm(typed(title=""), user=cast.lin)
    assert kept_field(refused["title"]) == as_crispy_field(refused["title"])
    assert "is-invalid" in kept_field(refused["title"])
