"""The pages on which staff found, change and end groups, and change their seats."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, UpdateView

from alliance.actions import groups, seats
from alliance.forms.groups import DissolveForm, FoundForm, GroupForm, LeadForm
from alliance.forms.seats import JoinForm, LeaveForm, OrderForm
from alliance.models import Group, Lead, Measure, Meeting, Regulation, Seat
from nanchuan.kernel.conflicts import EditActionMixin
from nanchuan.kernel.panels import panels
from nanchuan.kernel.periods import day_before
from nanchuan.kernel.previews import PreviewMixin
from nanchuan.kernel.views import FormActionMixin, get_editable_or_deny

WHOLE_ALLIANCE = gettext_lazy("整个联盟")


class ActMixin:
    """A form page about a group: its words, the way back."""

    template_name = "alliance/group_act.html"
    group = None
    title = submit = ""

    def get_context_data(self, **kwargs):
        context = {"group": self.group, "title": self.title, "submit": self.submit}
        return super().get_context_data(**context | {"cancel_url": self.way_back()} | kwargs)

    def way_back(self):
        return self.group.get_absolute_url() if self.group else reverse("alliance:group-list")

    get_success_url = way_back


class OfGroupMixin(ActMixin):
    """An act on one group; its form knows it."""

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.group = get_editable_or_deny(Group.objects, request.user, pk=kwargs["pk"])

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"group": self.group}


class GroupCreate(ActMixin, FormActionMixin, FormView):
    form_class = FoundForm
    title, submit = gettext_lazy("成立小组"), gettext_lazy("成立")
    success_message = gettext_lazy("已成立“%(object)s”。接着登记加入的单位。")
    hints = [gettext_lazy("成立以后，再逐家登记加入的单位、确定头雁单位、排定轮值。")]

    def get_context_data(self, **kwargs):
        return super().get_context_data(hints=self.hints, **kwargs)

    def get_success_url(self):
        return self.object.get_absolute_url()

    def act(self, form):
        return groups.found(by=self.request.user, **form.facts())


class GroupEdit(ActMixin, EditActionMixin, UpdateView):
    """Name, chain, place in lists and contacts; a second editor is asked which shall stand."""

    model = Group
    form_class = GroupForm
    template_name = "alliance/group_form.html"
    title, submit = gettext_lazy("更改小组资料"), gettext_lazy("保存")
    success_message = gettext_lazy("已更改“%(object)s”的资料。")

    def get_object(self, queryset=None):
        self.group = get_editable_or_deny(Group.objects, self.request.user, pk=self.kwargs["pk"])
        return Group.objects.get(pk=self.group.pk)  # the form writes what was typed on its own

    def act(self, form):
        rows = form.contacts
        contacts = {"contacts": rows.written(), "dropped": rows.dropped()}
        groups.change(self.group, by=self.request.user, **contacts, **form.facts())
        return form.instance


class GroupDissolve(OfGroupMixin, PreviewMixin, FormView):
    form_class = DissolveForm
    title, submit = gettext_lazy("解散小组"), gettext_lazy("确认解散")
    success_message = gettext_lazy("已登记解散“%(object)s”。")

    def preview(self, form):
        group, on = self.group, form.cleaned_data["on"]
        numbers = {
            "group": group.name,
            "day": on,
            "last": day_before(on),
            "seats": groups.remaining(group, on).count(),
            "turns": groups.turns_after(group, on).count(),
            "meetings": Meeting.objects.coming()
            .of_group(group)
            .filter(starts_at__date__gte=on)
            .count(),
            "measures": group.measures.open().count(),
        }
        told = [_("“%(group)s”到 %(last)s 为止，自 %(day)s 起不再存在。") % numbers]
        for name, words in (
            ("seats", _("还在小组中的 %(seats)d 家单位到同一天退出，头雁单位也到这一天为止。")),
            ("turns", _("这以后已排定的 %(turns)d 次轮值取消。")),
            ("meetings", _("这以后还有 %(meetings)d 次会议已召集，不会自动取消，请另行取消。")),
            ("measures", _("还有 %(measures)d 项举措没有办结，不会自动了结，请另行处理。")),
        ):
            told += [words % numbers] if numbers[name] else []
        return [*told, _("已经过去的轮值、会议和席位记录都会保留。")]

    def act(self, form):
        groups.dissolve(self.group, by=self.request.user, **form.facts())
        return self.group


class GroupLead(OfGroupMixin, PreviewMixin, FormView):
    form_class = LeadForm
    title, submit = gettext_lazy("确定头雁单位"), gettext_lazy("确认")
    success_message = gettext_lazy("已登记头雁单位：%(object)s。")

    def preview(self, form):
        seat, on = form.cleaned_data["seat"], form.cleaned_data["on"]
        before = seats.check_lead(seat, on, timezone.localdate())
        words = {"unit": seat.unit.name, "group": self.group, "day": on, "last": day_before(on)}
        told = [_("自 %(day)s 起，“%(unit)s”任“%(group)s”的头雁单位。") % words]
        if before:
            words["before"] = before.seat.unit.name
            told.append(_("“%(before)s”任头雁单位到 %(last)s 为止。") % words)
        return told

    def act(self, form):
        return seats.name_lead(by=self.request.user, **form.facts()).seat


class OrderMixin(ActMixin, PreviewMixin):
    """The charter's order of the seats of one place."""

    form_class = OrderForm
    title, submit = gettext_lazy("调整章程次序"), gettext_lazy("确认调整")
    success_message = gettext_lazy("已调整%(object)s的章程次序。")
    hints = [gettext_lazy("给每家单位填一个序号，数字小的在前。")]

    def get_context_data(self, **kwargs):
        return super().get_context_data(hints=self.hints, **kwargs)

    def seats(self):
        rows = Seat.objects.filter(group=self.group).overlapping(timezone.localdate(), None)
        return list(rows.select_related("unit").order_by("order", "pk"))

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"seats": self.seats()}

    def preview(self, form):
        orders = form.orders()
        rows = sorted(form.seats, key=lambda seat: orders[seat.pk])
        told = [_("新的次序：%(units)s。") % {"units": _("、").join(str(row.unit) for row in rows)}]
        if self.group:
            told.append(_("从未轮值过的单位按此次序，今后的轮值会相应重排，已经过去的不变。"))
        return told

    def act(self, form):
        seats.reorder(self.group, form.orders(), by=self.request.user)
        return self.group or WHOLE_ALLIANCE


class GroupOrder(OrderMixin, FormView):
    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.group = get_editable_or_deny(Group.objects, request.user, pk=kwargs["pk"])


class SeatOrder(OrderMixin, FormView):
    """The seats in the whole alliance."""


class SeatCreate(ActMixin, PreviewMixin, FormView):
    form_class = JoinForm
    title, submit = gettext_lazy("单位加入联盟"), gettext_lazy("确认加入")
    success_message = gettext_lazy("已登记“%(object)s”加入。")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        asked = request.GET.get("group", "")
        if asked.isdecimal():
            self.group = Group.objects.visible_to(request.user).filter(pk=asked[:18]).first()

    def get_initial(self):
        unit = self.request.GET.get("unit", "")
        return {"group": self.group, "unit": unit[:18] if unit.isdecimal() else None}

    def get_success_url(self):
        return self.object.group.get_absolute_url() if self.object.group else self.way_back()

    def preview(self, form):
        unit, group = form.cleaned_data["unit"], form.cleaned_data["group"]
        on = form.cleaned_data["starts_on"]
        place = str(group) if group else str(WHOLE_ALLIANCE)
        order = form.cleaned_data["order"] or seats.next_order(group)
        words = {"unit": unit.name, "place": place, "day": on, "order": order}
        told = [_("自 %(day)s 起，“%(unit)s”加入%(place)s，章程次序第 %(order)d 位。") % words]
        told += self._about_the_rota(unit, group, on)
        others = Seat.objects.current(on).filter(unit=unit).select_related("group")
        if others := _("、").join(seat.place for seat in others):
            told.append(_("它在%(others)s的席位不变。") % {"others": others})
        return told

    def _about_the_rota(self, unit, group, on):
        if group is None:
            return [_("整个联盟的席位列席各小组会议，不参加轮值，可以看到所有小组。")]
        if unit.kind not in Regulation.objects.settings(on)["rotating_kinds"]:
            kind = unit.get_kind_display()
            return [_("按现行轮值制度，%(kind)s不参加轮值。") % {"kind": kind}]
        told = [_("排轮值时视同在加入那天轮值过，今后的轮值会相应重排。")]
        if on < timezone.localdate():
            told.append(_("这是补录，已经过去的轮值不变。"))
        return told

    def act(self, form):
        return seats.join(by=self.request.user, **form.facts())


class SeatLeave(ActMixin, PreviewMixin, FormView):
    form_class = LeaveForm
    title, submit = gettext_lazy("单位退出"), gettext_lazy("确认退出")
    success_message = gettext_lazy("已登记“%(object)s”退出。")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        rows = Seat.objects.select_related("unit", "group")
        self.seat = get_editable_or_deny(rows, request.user, pk=kwargs["pk"])
        self.group = self.seat.group

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"seat": self.seat}

    def get_context_data(self, **kwargs):
        hint = _("“%(unit)s”在%(place)s的席位自 %(day)s 起。") % {
            "unit": self.seat.unit.name,
            "place": self.seat.place,
            "day": self.seat.starts_on,
        }
        return super().get_context_data(hints=[hint], **kwargs)

    def preview(self, form):
        seat, on = self.seat, form.cleaned_data["on"]
        words = {"unit": seat.unit.name, "place": seat.place, "last": day_before(on)}
        told = [_("“%(unit)s”在%(place)s的席位到 %(last)s 为止。") % words]
        if Lead.objects.filter(seat=seat).overlapping(on, None).exists():
            told.append(_("它是头雁单位，也到这一天为止。请另行确定新的头雁单位。"))
        return [*told, *self._turns(on), *self._carried()]

    def _turns(self, on):
        """Who is on turn in its place, the rota says after the act."""
        told = []
        for turn in self.seat.turns.overlapping(on, None).order_by("starts_on"):
            words = {"period": turn.period_words, "last": day_before(on)}
            if turn.starts_on < on:
                told.append(
                    _("%(period)s的轮值到 %(last)s 为止，余下的日子由其他单位接任。") % words
                )
            else:
                told.append(_("%(period)s的轮值改由其他单位承担。") % words)
        return told

    def _carried(self):
        """What it has taken on stays its own until somebody settles it."""
        unit, today = self.seat.unit, timezone.localdate()
        number = Measure.objects.open().filter(unit=unit).count()
        told = []
        if number:
            told.append(
                _("它负责的举措还有 %(number)d 项没有办结，请另行商定由谁接手。")
                % {"number": number}
            )
        rows = Meeting.objects.coming().of_group(self.group).filter(convened_by=unit)
        if self.group and (number := rows.count()):
            told.append(_("它召集的会议还有 %(number)d 次没有召开。") % {"number": number})
        boxes = panels("alliance_unit", unit, self.request.user, today)
        return told + [box.facts["carried"] for box in boxes if box.facts.get("carried")]

    def act(self, form):
        seats.leave(self.seat, by=self.request.user, **form.facts())
        return self.seat
