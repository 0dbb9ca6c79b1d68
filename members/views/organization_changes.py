"""The pages on which staff found, change and end organizations."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, UpdateView

from members import limits
from members.actions import corrections, endings, links, organizations
from members.forms.organization_changes import (
    DissolveForm,
    FoundForm,
    LinkForm,
    MergeForm,
    MoveForm,
    OrganizationEditForm,
    RenameForm,
    UnlinkForm,
)
from members.models import Membership, Organization
from nanchuan.kernel.conflicts import EditActionMixin
from nanchuan.kernel.previews import PreviewMixin
from nanchuan.kernel.views import FormActionMixin, get_editable_or_deny


class WarningMixin:
    """After the act the reader hears what the rules say of the organization, citing them."""

    template_name = "members/organization_change.html"

    def warn(self, organization):
        for sentence in limits.concerns_of(organization):
            messages.warning(self.request, f"“{organization}”{sentence}")  # data
        return organization


class OrganizationCreate(WarningMixin, FormActionMixin, FormView):
    form_class = FoundForm
    success_message = gettext_lazy("已成立“%(object)s”。")
    extra_context = {"title": gettext_lazy("成立党组织"), "submit": gettext_lazy("成立")}

    def get_initial(self):
        parent = self.request.GET.get("parent", "")
        if parent.isdecimal():
            return {"parent": parent[:18]}
        return {"parent": Organization.objects.get_root_nodes().filter(ends_on=None).first()}

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("members:organization-list"), **kwargs)

    def act(self, form):
        by, given = self.request.user, form.cleaned_data
        made = organizations.found(given["parent"], by=by, **form.facts())
        for unit in given["units"]:
            links.link(made, unit, on=made.starts_on, by=by)
        return self.warn(made)


class ChangeMixin(WarningMixin):
    """A form page about one organization that still is."""

    title = submit = ""

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        rows = Organization.objects.all()
        self.organization = get_editable_or_deny(rows, request.user, pk=kwargs["pk"])

    def get(self, request, *args, **kwargs):
        if self.organization.ends_on is not None:
            messages.error(
                request, _("“%(name)s”已经撤销，不能再办理变更。") % {"name": self.organization}
            )
            return redirect(self.organization)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        context = {
            "organization": self.organization,
            "title": self.title,
            "submit": self.submit,
            "cancel_url": self.organization.get_absolute_url(),
        }
        return super().get_context_data(**context | kwargs)


class OrganizationEdit(ChangeMixin, EditActionMixin, UpdateView):
    """Wrong facts are put right; a second editor is asked which shall stand."""

    model = Organization
    form_class = OrganizationEditForm
    title, submit = gettext_lazy("更正资料"), gettext_lazy("保存")
    success_message = gettext_lazy("已更正“%(object)s”。")

    def get_object(self, queryset=None):
        return Organization.objects.get(pk=self.organization.pk)

    def act(self, form):
        facts = form.facts()
        return self.warn(corrections.correct(self.organization, by=self.request.user, **facts))


class OrganizationRename(ChangeMixin, FormActionMixin, FormView):
    form_class = RenameForm
    title, submit = gettext_lazy("更名"), gettext_lazy("更名")
    success_message = gettext_lazy("已更名为“%(object)s”，原来的名称留在沿革里。")

    def get_initial(self):
        return {"name": self.organization.name, "short_name": self.organization.short_name}

    def act(self, form):
        return organizations.rename(self.organization, by=self.request.user, **form.facts())


class OrganizationMove(ChangeMixin, PreviewMixin, FormView):
    form_class = MoveForm
    title, submit = gettext_lazy("调整隶属关系"), gettext_lazy("确认调整")
    success_message = gettext_lazy("已调整“%(object)s”的隶属关系。")

    def get_context_data(self, **kwargs):
        return super().get_context_data(hints=[self._what_follows()], **kwargs)

    def get_initial(self):
        return {"parent": Organization.objects.get_parent(self.organization)}

    def _what_follows(self):
        below = Organization.objects.current().filter(path__startswith=self.organization.path)
        members = Membership.objects.counted().filter(organization__in=below.order_by())
        return _("一并调整的下级党组织 %(below)d 个，连同本级共有党员 %(members)d 名。") % {
            "below": below.exclude(pk=self.organization.pk).count(),
            "members": members.count(),
        }

    def preview(self, form):
        given, now = form.cleaned_data, Organization.objects.get_parent(self.organization)
        organizations.check_move(self.organization, given["parent"], given["on"])
        nobody = _("没有上级（园区一级）")
        moves = _("自 %(day)s 起，“%(name)s”的上级由“%(before)s”改为“%(after)s”。") % {
            "day": given["on"],
            "name": self.organization.name,
            "before": now.name if now else nobody,
            "after": given["parent"].name if given["parent"] else nobody,
        }
        return [moves, self._what_follows(), _("党员、任职和所属单位不变。")]

    def act(self, form):
        return organizations.move(self.organization, by=self.request.user, **form.facts())


class OrganizationMerge(ChangeMixin, PreviewMixin, FormView):
    form_class = MergeForm
    title, submit = gettext_lazy("并入其他党组织"), gettext_lazy("确认并入")
    success_message = gettext_lazy("已并入“%(object)s”。")
    hints = [
        gettext_lazy(
            "党员、下级党组织和所属单位从这一天起归并入的党组织，任职和本届任期到前一天结束。"
        )
    ]

    def get_context_data(self, **kwargs):
        return super().get_context_data(hints=self.hints, **kwargs)

    def preview(self, form):
        here, target, on = self.organization, form.cleaned_data["target"], form.cleaned_data["on"]
        endings.check_merge(here, target, on)
        left = endings.leftovers(here, on).numbers()
        numbers = {
            "day": on,
            "name": here.name,
            "target": target.name,
            "units": here.unit_links.overlapping(on, None).count(),
            "terms": here.terms.overlapping(on, None).count(),
            **left,
        }
        return [
            _("自 %(day)s 起，“%(name)s”并入“%(target)s”，不再存在。") % numbers,
            _("随之转入：党员 %(members)d 名、下级党组织 %(children)d 个、单位 %(units)d 个。")
            % numbers,
            _("到前一天结束：任职 %(terms)d 项，以及本届任期。") % numbers,
        ]

    def act(self, form):
        by = self.request.user
        return self.warn(endings.merge(self.organization, by=by, **form.facts()))


class OrganizationDissolve(ChangeMixin, PreviewMixin, FormView):
    """Who and what is left stands on the page, with the way to settle it."""

    form_class = DissolveForm
    template_name = "members/organization_dissolve.html"
    title, submit = gettext_lazy("撤销党组织"), gettext_lazy("确认撤销")
    success_message = gettext_lazy("已撤销“%(object)s”。")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        form = context["form"]
        day = form.cleaned_data.get("on") if hasattr(form, "cleaned_data") else None
        left = endings.leftovers(self.organization, day or timezone.localdate())
        return context | {"left": left, "numbers": left.numbers()}

    def preview(self, form):
        on = form.cleaned_data["on"]
        endings.check_dissolve(self.organization, on)
        gone = _(
            "自 %(day)s 起撤销“%(name)s”。名称、隶属关系、任职、本届任期和所属单位到前一天结束。"
        )
        kept = _("它的记录都会保留，按以前的日期仍可查看。")
        return [gone % {"day": on, "name": self.organization.name}, kept]

    def act(self, form):
        return endings.dissolve(self.organization, by=self.request.user, **form.facts())


class OrganizationLink(ChangeMixin, FormActionMixin, FormView):
    form_class = LinkForm
    title, submit = gettext_lazy("归属单位"), gettext_lazy("保存")
    success_message = gettext_lazy("已登记“%(object)s”的所属单位。")

    def act(self, form):
        links.link(self.organization, by=self.request.user, **form.facts())
        return self.warn(self.organization)


class OrganizationUnlink(ChangeMixin, FormActionMixin, FormView):
    form_class = UnlinkForm
    title, submit = gettext_lazy("解除与单位的归属"), gettext_lazy("保存")
    success_message = gettext_lazy("已更新“%(object)s”的所属单位。")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"organization": self.organization}

    def act(self, form):
        links.unlink(by=self.request.user, **form.facts())
        return self.organization
