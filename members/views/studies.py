from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, DetailView, FormView, ListView, UpdateView

from members.actions import studies as actions
from members.forms.studies import (
    MaterialsForm,
    NoteForm,
    StudyFilterSet,
    StudyForm,
    StudyRecordFilterSet,
)
from members.models import (
    Activity,
    Attendance,
    Participation,
    PartyMember,
    SelfStudy,
    Study,
    StudyFile,
    StudyMaterial,
)
from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel import roles
from nanchuan.kernel.attaching import answer
from nanchuan.kernel.conflicts import EditActionMixin
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.paging import LongPaginator
from nanchuan.kernel.registers import register
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    FormActionMixin,
    HistoryMixin,
    ScopedMixin,
    UploadMixin,
    get_editable_or_deny,
    take_step,
)

MOST_SESSIONS, MOST_PEOPLE, MOST_OF_ONE = 20, 60, 200


@register(
    "members:study-list",
    order=80,
    holds=_("每份学习材料一行：标题、类别、来源、发布日期、登记的党组织。"),
)
class StudyList(ExportedMixin, DressedMixin, SavedViewsMixin, FilteredMixin, ScopedMixin, ListView):
    """The library (学习材料库), the newest first."""

    queryset = StudyMaterial.objects.newest()
    marked = False
    filterset_class = StudyFilterSet
    template_name = "members/study_list.html"
    partial_template_name = "members/_study_table.html"
    export_name = _("学习材料")

    def dress(self, rows):
        held = Study.objects.counted().filter(material=OuterRef("pk"))
        held = held.order_by().values("material").annotate(number=Count("pk")).values("number")
        rows = rows.select_related("organization").defer("text")
        return rows.annotate(times=Coalesce(Subquery(held), 0))

    def export_columns(self):
        return [
            Column(_("标题"), lambda row: row.title, 40),
            Column(_("类别"), lambda row: row.get_kind_display(), 10),
            Column(_("来源"), lambda row: row.source, 24),
            Column(_("发布日期"), lambda row: row.published_on, 12),
            Column(_("登记的党组织"), lambda row: row.owner_word, 30),
            Column(_("集体学习次数"), lambda row: row.times, 12),
            Column(_("出处"), lambda row: row.where, 30),
            Column(_("停用日期"), lambda row: row.retired_on, 12),
        ]


class StudyRecord(
    ExportedMixin, DressedMixin, SavedViewsMixin, FilteredMixin, ScopedMixin, ListView
):
    """Which organization studied what, and when: each row leads to its activity."""

    queryset = Study.objects.counted().order_by("-activity__starts_at", "-pk")
    marked = False
    filterset_class = StudyRecordFilterSet
    template_name = "members/study_record.html"
    partial_template_name = "members/_study_record_table.html"
    paginator_class = LongPaginator
    export_name = _("集体学习情况")

    def dress(self, rows):
        present = Attendance.objects.filter(
            activity=OuterRef("activity"), presence=Attendance.Presence.PRESENT
        )
        present = present.order_by().values("activity").annotate(number=Count("pk"))
        rows = rows.select_related("activity__organization", "activity__kind", "material")
        rows = rows.defer("activity__text", "material__text")
        return rows.annotate(present=Coalesce(Subquery(present.values("number")), 0))

    def export_columns(self):
        return [
            Column(_("日期"), lambda row: row.activity.held_on, 12),
            Column(_("党组织"), lambda row: row.activity.organization.name, 36),
            Column(_("活动类型"), lambda row: row.activity.kind.name),
            Column(_("主题"), lambda row: row.activity.title, 30),
            Column(_("补录"), lambda row: row.activity.late_word, 8),
            Column(_("学习材料"), lambda row: row.material.title, 40),
            Column(_("来源"), lambda row: row.material.source, 20),
            Column(_("参加人数"), lambda row: row.present, 10),
        ]


class StudyDetail(HistoryMixin, ScopedMixin, DetailView):
    """One material: what it says, who studied it as far as the reader may know."""

    queryset = StudyMaterial.objects.select_related("organization", "added_by")
    template_name = "members/study_detail.html"
    context_object_name = "material"

    def get_context_data(self, **kwargs):
        material, user = self.object, self.request.user
        held = material.studies.counted().visible_to(user)
        people = _people(material, held, user)
        own = _own(user)
        mine = own and SelfStudy.objects.filter(material=material, member=own).first()
        sessions = held.select_related("activity__organization", "activity__kind")
        return super().get_context_data(
            files=material.files.all(),
            sessions=sessions.order_by("-activity__starts_at")[:MOST_SESSIONS],
            organizations=held.values("activity__organization").distinct().count(),
            people=people[:MOST_PEOPLE],
            people_count=people.count(),
            own=own,
            mine=mine,
            note_form=NoteForm(),
            **kwargs,
        )


def _people(material, held, user):
    """Members whom the reader may see and who took part or studied alone."""
    present = Attendance.objects.filter(
        activity__in=held.values("activity"), presence=Attendance.Presence.PRESENT
    )
    known = present.values("member").union(material.self_studies.order_by().values("member"))
    return PartyMember.objects.visible_to(user).filter(pk__in=known).order_by("pinyin", "pk")


def _own(user):
    """The number of the reader as a member; None for anybody else."""
    return next(iter(roles.places(user, roles.MEMBER)), None)


class StudyFormMixin(UploadMixin):
    model = StudyMaterial
    form_class = StudyForm
    template_name = "members/study_form.html"

    def get_context_data(self, **kwargs):
        back = self.object.get_absolute_url() if self.object else reverse("members:study-list")
        return super().get_context_data(cancel_url=back, **kwargs)


class StudyCreate(StudyFormMixin, CreateView):
    success_message = _("已登记“%(object)s”，记活动时可以选用。")

    def act(self, form):
        return actions.add(by=self.request.user, **form.facts())


class StudyEdit(EditActionMixin, StudyFormMixin, UpdateView):
    context_object_name = "material"
    success_message = _("已更正“%(object)s”。")

    def get_object(self, queryset=None):
        return get_editable_or_deny(StudyMaterial.objects, self.request.user, pk=self.kwargs["pk"])

    def act(self, form):
        # The form has written on its own copy; the action compares with what is stored.
        material = StudyMaterial.objects.get(pk=form.instance.pk)
        return actions.change(material, by=self.request.user, **form.facts())


@require_POST
def study_retire(request, pk):
    material = get_editable_or_deny(StudyMaterial.objects, request.user, pk=pk)
    done = gettext("已停用，记活动时不再列出；已有的学习记录不变。")
    return take_step(request, actions.retire, material, done=done)


@require_POST
def study_offer(request, pk):
    material = get_editable_or_deny(StudyMaterial.objects, request.user, pk=pk)
    return take_step(request, actions.offer_again, material, done=gettext("已恢复使用。"))


@require_POST
def study_note(request, pk):
    """A member says that they studied it, on a day or today."""
    material, member = _for_oneself(request.user, pk)
    form = NoteForm(request.POST)
    try:
        if not form.is_valid():
            raise StepRefused(" ".join(form.errors["studied_on"]))
        actions.note(material, member, studied_on=form.day, by=request.user)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, gettext("已登记自学。"))
    return redirect(material)


@require_POST
def study_unnote(request, pk):
    material, member = _for_oneself(request.user, pk)
    try:
        actions.take_back(material, member, by=request.user)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
    return redirect(material)


def _for_oneself(user, pk):
    material = get_object_or_404(StudyMaterial.objects.visible_to(user), pk=pk)
    member = PartyMember.objects.filter(pk=_own(user)).first()
    if member is None:
        raise PermissionDenied
    return material, member


def studyfile_take(request, pk):
    """Whoever may see a material may take its files."""
    seen = StudyMaterial.objects.visible_to(request.user)
    return answer(get_object_or_404(StudyFile, pk=pk, material__in=seen))


@require_POST
def studyfile_remove(request, pk):
    seen = StudyMaterial.objects.visible_to(request.user)
    rows = StudyFile.objects.select_related("material").filter(material__in=seen)
    file = get_object_or_404(rows, pk=pk)
    get_editable_or_deny(StudyMaterial.objects, request.user, pk=file.material_id)
    after = file.material.get_absolute_url()
    return take_step(request, actions.take_file, file, done=gettext("附件已删去。"), to=after)


class ActivityMaterials(FormActionMixin, FormView):
    """What was studied at an activity."""

    form_class = MaterialsForm
    template_name = "members/activity_materials.html"
    success_message = _("学习材料已保存。")

    def dispatch(self, request, *args, **kwargs):
        rows = Activity.objects.select_related("kind", "organization")
        self.activity = get_editable_or_deny(rows, request.user, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        chosen = list(self.activity.materials.order_by("studies__pk"))
        return super().get_form_kwargs() | {"chosen": chosen}

    def act(self, form):
        actions.choose(self.activity, form.cleaned_data["materials"], by=self.request.user)
        return self.activity

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            activity=self.activity, cancel_url=self.activity.get_absolute_url(), **kwargs
        )


class PersonStudies(ScopedMixin, DetailView):
    """What one member studied, with others and alone, and the hours of the year."""

    queryset = PartyMember.objects.all()
    template_name = "members/person_studies.html"
    context_object_name = "person"
    marked = False

    def get_context_data(self, **kwargs):
        person, year, user = self.object, timezone.localdate().year, self.request.user
        is_own = person.pk == _own(user)
        return super().get_context_data(
            lines=_lines_of(person, None if is_own else user),
            year=year,
            **_hours_of(person, year),
            is_own=is_own,
            **kwargs,
        )


def _present(person):
    rows = person.attendances.filter(presence=Attendance.Presence.PRESENT)
    held = Participation.objects.counted().filter(is_host=True)
    return rows.filter(activity__in=held.values("activity"))


def _lines_of(person, reader=None) -> list[dict]:
    """Newest first: the day, the material, and the activity unless it was alone. Of what another
    organization studied, a reader sees what is seen elsewhere too."""
    with_others = Study.objects.filter(activity__in=_present(person).values("activity"))
    alone = person.self_studies.select_related("material")
    if reader:
        seen = StudyMaterial.objects.visible_to(reader).order_by().values("pk")
        with_others = with_others.visible_to(reader)
        alone = alone.filter(material__in=seen)
    with_others = with_others.select_related("activity", "material").order_by(
        "-activity__starts_at"
    )
    lines = [
        {"on": row.activity.held_on, "material": row.material, "activity": row.activity}
        for row in with_others.defer("material__text", "activity__text")[:MOST_OF_ONE]
    ]
    lines += [
        {"on": row.studied_on, "material": row.material, "activity": None}
        for row in alone.defer("material__text")[:MOST_OF_ONE]
    ]
    return sorted(lines, key=lambda line: line["on"], reverse=True)[:MOST_OF_ONE]


def _hours_of(person, year) -> dict:
    """The hours of the year, and those among them of late entries."""
    held = Participation.objects.counted().filter(is_host=True, held_on__year=year)
    rows = _present(person).filter(activity__in=held.values("activity"))
    late = Sum("hours", filter=Q(activity__is_late=True))
    return rows.aggregate(
        late_hours=Coalesce(late, 0, output_field=_hours_field()),
        hours=Coalesce(Sum("hours"), 0, output_field=_hours_field()),
    )


def _hours_field():
    return Attendance._meta.get_field("hours").__class__(max_digits=8, decimal_places=1)
