"""Bulk entry by the park office: the tree, units, people, posts and kinds of activity."""

from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _

from members.actions import corrections, endings, organizations
from members.forms.activity_steps import ActivityKindAdminForm
from members.forms.admin import (
    ContactAdminForm,
    OrganizationAdminForm,
    PeriodForm,
    PeriodFormSet,
    PersonAdminForm,
    UnitAdminForm,
)
from members.forms.people import NameField
from members.forms.rules import KindRuleAdminForm
from members.models import (
    Absence,
    ActivityKind,
    CommitteeTerm,
    DutyRule,
    Exemption,
    IndustryChain,
    Instructor,
    KindRule,
    Liaison,
    Membership,
    Organization,
    OrganizationChange,
    OrganizationName,
    OrganizationUnit,
    PartyMember,
    Placement,
    Post,
    Rule,
    Term,
    Unit,
    UnitContact,
)
from nanchuan.kernel import events
from nanchuan.kernel.admin import ScopedAdmin, ScopedInline
from nanchuan.kernel.fields import mask_id_number, mask_phone
from nanchuan.kernel.periods import in_force


class PeriodInline(ScopedInline):
    """Dated rows below the record that they belong to."""

    form = PeriodForm
    formset = PeriodFormSet

    def get_fields(self, request, obj=None):
        """Without the record itself."""
        model = self.model._meta
        return [
            name for name in self.fields if model.get_field(name).related_model != self.parent_model
        ]


class LedgerInline(ScopedInline):
    """Read only: an organization and its history change together, by the form above."""

    fk_name = "organization"

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class PlacementInline(LedgerInline):
    model = Placement
    fields = readonly_fields = ("parent", "starts_on", "ends_on")
    verbose_name_plural = _("隶属关系的变化")


class NameInline(LedgerInline):
    model = OrganizationName
    fields = readonly_fields = ("name", "short_name", "starts_on", "ends_on")


class ChangeInline(LedgerInline):
    model = OrganizationChange
    fields = readonly_fields = ("on", "act", "before", "after", "document", "note")


class OrganizationUnitInline(PeriodInline):
    model = OrganizationUnit
    fields = ("organization", "unit", "starts_on", "ends_on")
    autocomplete_fields = ("organization", "unit")


class TermInline(PeriodInline):
    model = Term
    fields = ("organization", "post", "member", "starts_on", "ends_on")
    autocomplete_fields = ("organization", "member", "post")


class MembershipInline(PeriodInline):
    model = Membership
    fields = ("organization", "standing", "starts_on", "ends_on", "end_reason")
    autocomplete_fields = ("organization",)

    def get_extra(self, request, obj=None, **kwargs):
        return 0 if obj else 1


class LiaisonInline(PeriodInline):
    model = Liaison
    fields = ("user", "starts_on", "ends_on")
    autocomplete_fields = ("user",)


@admin.register(Organization)
class OrganizationAdmin(ScopedAdmin):
    form = OrganizationAdminForm
    list_display = ("name", "short_name", "kind", "level", "starts_on", "ends_on")
    list_filter = ("kind",)
    search_fields = ("name", "short_name")
    ordering = ("path",)
    fields = ("name", "short_name", "kind", "parent", "changed_on", "starts_on", "ends_on")
    inlines = (OrganizationUnitInline, TermInline, PlacementInline, NameInline, ChangeInline)

    def get_fields(self, request, obj=None):
        return [name for name in self.fields if obj or name != "changed_on"]

    @admin.display(description=_("层级"))
    def level(self, organization):
        return organization.depth

    def save_model(self, request, obj, form, change):
        """What was typed, one action for each thing that it changes."""
        given, by = form.cleaned_data, request.user
        if not change:
            facts = form.facts("starts_on", "name", "short_name", "kind")
            stored = organizations.found(given["parent"], by=by, **facts)
        else:
            stored = Organization.objects.get(pk=obj.pk)
            if form.has_new("name", "short_name"):
                names = form.facts("name", "short_name")
                organizations.rename(stored, on=form.day, by=by, **names)
            if form.has_new("kind", "starts_on"):
                corrections.correct(stored, by=by, **form.facts("kind", "starts_on"))
            if form.is_moved:
                organizations.move(stored, given["parent"], on=form.day, by=by)
        if form.has_new("ends_on") and given["ends_on"]:
            endings.dissolve(stored, on=form.end_day, by=by)
        obj.__dict__.update(Organization.objects.get(pk=stored.pk).__dict__)


class ContactInline(ScopedInline):
    """Whom to call is no history: a contact may go."""

    model = UnitContact
    form = ContactAdminForm
    fields = ("name", "job", "phone", "order")
    has_delete_permission = ScopedInline.has_view_permission


class InstructorInline(PeriodInline):
    model = Instructor
    fields = ("unit", "member", "starts_on", "ends_on", "note")
    autocomplete_fields = ("member",)


@admin.register(Unit)
class UnitAdmin(ScopedAdmin):
    form = UnitAdminForm
    list_display = ("name", "short_name", "kind", "credit_code", "chain", "size", "employees")
    list_filter = ("kind", "chain", "size")
    list_select_related = ("chain",)
    search_fields = ("name", "short_name", "credit_code", "industry")
    inlines = (ContactInline, OrganizationUnitInline, InstructorInline, LiaisonInline)

    def log_addition(self, request, obj, message):
        events.record("unit.added", subject=obj, by=request.user, kind=obj.kind)
        return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        if message:
            events.record("unit.changed", subject=obj, by=request.user)
        return super().log_change(request, obj, message)


@admin.register(Instructor)
class InstructorAdmin(ScopedAdmin):
    list_display = ("unit", "member", "starts_on", "ends_on", "note")
    list_select_related = ("unit", "member")
    search_fields = ("unit__name", "unit__short_name", "member__name")
    autocomplete_fields = ("unit", "member")
    fields = ("unit", "member", "starts_on", "ends_on", "note")


@admin.register(Absence)
class AbsenceAdmin(ScopedAdmin):
    list_display = ("member", "kind", "place", "starts_on", "ends_on")
    list_filter = ("kind",)
    list_select_related = ("member",)
    search_fields = ("member__name",)
    autocomplete_fields = ("member",)
    fields = ("member", "kind", "place", "starts_on", "ends_on", "note")


class StandingFilter(admin.SimpleListFilter):
    """By the standing of today."""

    title = _("党员类别")
    parameter_name = "standing"

    def lookups(self, request, model_admin):
        return Membership.Standing.choices

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        rows = Membership.objects.current().filter(standing=self.value())
        return queryset.filter(pk__in=rows.values("member"))


@admin.register(PartyMember)
class PartyMemberAdmin(ScopedAdmin):
    form = PersonAdminForm
    list_display = ("name", "gender", "place", "standing", "id_masked", "phone_masked", "joined_on")
    list_filter = (StandingFilter, "gender", "education")
    search_fields = ("name",)  # get_search_results says how
    search_help_text = _("姓名、拼音或手机号后四位。完整号码请在“党员”页按号码查找。")
    autocomplete_fields = ("user",)
    inlines = (MembershipInline, TermInline)
    fieldsets = (
        (None, {"fields": ("name", "gender", "ethnicity", "born_on", "id_number", "phone")}),
        (_("简况"), {"fields": ("education", "native_place", "job", "note")}),
        (_("党籍"), {"fields": ("joined_on", "full_member_on")}),
        (_("登录"), {"fields": ("user",)}),
    )

    def get_queryset(self, request):
        return super().get_queryset(request).with_place()

    def get_search_results(self, request, queryset, search_term):
        """As on the roster; numbers longer than four digits do not belong into addresses."""
        try:
            words = NameField(max_length=50, required=False).clean(search_term)
        except Exception as refusal:
            messages.warning(request, " ".join(getattr(refusal, "messages", [str(refusal)])))
            return queryset.none(), False
        return queryset.search(words), False

    @admin.display(description=_("所在党组织"))
    def place(self, person):
        return person.in_name or ""

    @admin.display(description=_("党员类别"))
    def standing(self, person):
        return person.standing_word

    @admin.display(description=_("公民身份号码"))
    def id_masked(self, person):
        return mask_id_number(person.id_number)

    @admin.display(description=_("联系电话"))
    def phone_masked(self, person):
        return mask_phone(person.phone)

    def log_addition(self, request, obj, message):
        events.record("member.enrolled", subject=obj, by=request.user)
        return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        if message:
            events.record("member.changed", subject=obj, by=request.user, changes=message)
        return super().log_change(request, obj, message)


class CurrentFilter(admin.SimpleListFilter):
    title = _("状态")
    parameter_name = "current"

    def lookups(self, request, model_admin):
        return [("1", _("在任")), ("0", _("不在任"))]

    def queryset(self, request, queryset):
        if self.value() == "1":
            return queryset.filter(in_force())
        return queryset.exclude(in_force()) if self.value() == "0" else queryset


@admin.register(Term)
class TermAdmin(ScopedAdmin):
    list_display = ("member", "organization", "post", "starts_on", "ends_on")
    list_filter = (CurrentFilter, "post")
    list_select_related = ("member", "organization", "post")
    search_fields = ("member__name", "organization__name", "organization__short_name")
    autocomplete_fields = ("organization", "post", "member")
    fields = ("organization", "post", "member", "starts_on", "ends_on", "end_reason")
    date_hierarchy = "starts_on"


@admin.register(CommitteeTerm)
class CommitteeTermAdmin(ScopedAdmin):
    """Bulk entry of committees past and present; posts are entered apart."""

    list_display = ("organization", "number", "elected_on", "due_on", "extended_to", "ends_on")
    list_filter = (CurrentFilter,)
    list_select_related = ("organization",)
    search_fields = ("organization__name", "organization__short_name")
    autocomplete_fields = ("organization",)
    date_hierarchy = "due_on"
    fields = (
        "organization",
        "number",
        "elected_on",
        "starts_on",
        "due_on",
        "ends_on",
        "extended_to",
        "extension_reason",
        "extension_document",
    )

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        name = "committee.corrected" if change else "committee.recorded"
        fields = sorted(form.changed_data)
        events.record(name, subject=obj, by=request.user, fields=fields)


@admin.register(Liaison)
class LiaisonAdmin(ScopedAdmin):
    list_display = ("user", "unit", "starts_on", "ends_on")
    list_filter = (CurrentFilter,)
    list_select_related = ("user", "unit")
    search_fields = ("user__name", "unit__name", "unit__short_name")
    autocomplete_fields = ("unit", "user")
    fields = ("unit", "user", "starts_on", "ends_on")


@admin.register(Post)
class PostAdmin(ScopedAdmin):
    list_display = ("name", "leads", "sole", "elected", "keeps_dues", "order")
    search_fields = ("name",)


@admin.register(ActivityKind)
class ActivityKindAdmin(ScopedAdmin):
    """Retired rather than deleted; the code of one that has records stays as it is."""

    form = ActivityKindAdminForm
    list_display = ("name", "code", "expected", "hours", "takes_votes", "is_offered", "order")
    list_filter = ("is_offered", "takes_votes")
    search_fields = ("name", "code")

    def get_readonly_fields(self, request, obj=None):
        return ("code",) if obj and obj.is_used else ()


@admin.register(IndustryChain)
class IndustryChainAdmin(ScopedAdmin):
    list_display = ("name", "order")
    search_fields = ("name",)


@admin.register(KindRule)
class KindRuleAdmin(ScopedAdmin):
    """The kinds themselves are fixed; what belongs to them is not."""

    list_display = ("kind",)
    fields = ("kind", "children", "posts")
    readonly_fields = ("kind",)
    filter_horizontal = ("posts",)
    form = KindRuleAdminForm

    def has_add_permission(self, request):
        return False


class ReadOnlyAdmin(ScopedAdmin):
    """To look something up; it changes on the pages of the portal."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Rule)
class RuleAdmin(ReadOnlyAdmin):
    list_display = ("code", "value", "title", "article", "starts_on", "ends_on")
    list_filter = ("code",)


@admin.register(DutyRule)
class DutyRuleAdmin(ReadOnlyAdmin):
    list_display = ("code", "name", "every", "measure", "times", "title", "starts_on", "ends_on")
    list_filter = ("code",)


@admin.register(Exemption)
class ExemptionAdmin(ReadOnlyAdmin):
    list_display = ("organization", "code", "reason", "starts_on", "ends_on")
    list_filter = ("code",)
    list_select_related = ("organization",)


@admin.register(OrganizationChange)
class OrganizationChangeAdmin(ReadOnlyAdmin):
    list_display = ("on", "organization", "act", "before", "after", "document")
    list_filter = ("act",)
    list_select_related = ("organization",)
    search_fields = ("organization__name", "document")
    date_hierarchy = "on"
