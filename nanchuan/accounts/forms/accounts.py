import django_filters
from django import forms
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from nanchuan.accounts.models import Slip, StaffPost, User, with_slips
from nanchuan.kernel import roles
from nanchuan.kernel.candidates import candidates
from nanchuan.kernel.forms import RowsField, ScopedForm, ScopedModelForm
from nanchuan.kernel.roles import Holding
from nanchuan.kernel.templatetags.ui import moment

ROLES = [
    *StaffPost.Role.choices,
    (roles.SECRETARY, _("党组织书记")),
    (roles.UNIT, _("单位联络员")),
    (roles.MEMBER, _("党员")),
]
STATES = [
    ("new", _("从未登录")),
    ("slip", _("有未用的凭条")),
    ("active", _("可登录")),
    ("disabled", _("已停用")),
]


class AccountFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label=_("姓名或用户名"), method="search")
    role = django_filters.ChoiceFilter(
        label=_("身份"), choices=ROLES, empty_label=_("全部身份"), method="holders"
    )
    state = django_filters.ChoiceFilter(
        label=_("状态"), choices=STATES, empty_label=_("全部状态"), method="in_state"
    )

    class Meta:
        model = User
        fields = ["q", "role", "state"]

    def search(self, rows, name, words):
        return rows.search(words)

    def holders(self, rows, name, role):
        held = readable_holdings(self.request.user)
        return rows.filter(pk__in={each.user_id for each in held if each.role == role})

    def in_state(self, rows, name, state):
        open_slip = Exists(Slip.objects.valid().filter(user=OuterRef("pk")))
        return {
            "new": rows.filter(last_login=None, is_active=True),
            "slip": rows.filter(open_slip),
            "active": rows.filter(is_active=True),
            "disabled": rows.filter(is_active=False),
        }[state]


class AccountForm(ScopedModelForm):
    """A new account; only an administrator gives a post with it."""

    role = forms.ChoiceField(
        label=_("园区岗位"),
        required=False,
        choices=[("", _("无（书记、联络员和党员）")), *StaffPost.Role.choices],
        help_text=_("岗位从今天起生效。书记和联络员的权限来自任职和联络员登记，不在这里选。"),
    )

    class Meta:
        model = User
        fields = ["name", "username", "email"]
        help_texts = {
            "name": _("本人的真实姓名。"),
            "username": _("登录时输入的名字，如姓名的拼音。保存时一律转为小写。"),
            "email": _("可不填。填了可以用邮件重设密码。"),
        }
        labels = {"username": _("用户名"), "email": _("邮箱")}
        error_messages = {"username": {"unique": _("这个用户名已有人使用，请换一个。")}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not roles.has_role(self.user, roles.ADMIN):
            del self.fields["role"]

    def clean_username(self):
        return User.normalize_username(self.cleaned_data["username"]).lower()


class AccountChoice(RowsField):
    def label_from_instance(self, account):
        words = f"{account.name} ({account.username})"
        if account.slip_until:
            until = moment(account.slip_until)
            return _("%(who)s，已有凭条，有效期至 %(until)s") % {"who": words, "until": until}
        return words


class SlipSheetForm(ScopedForm):
    """Whose slips to print: accounts that were never used, and persons who have none yet.

    Whoever has an open slip is offered but not chosen: a new one makes the old paper worthless.
    """

    accounts = AccountChoice(
        User.objects.none(),
        label=_("从未登录的账号"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("有的账号已经登录或停用，请刷新后重新选择。")},
    )
    people = forms.MultipleChoiceField(
        label=_("还没有账号的书记和党费管理员"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("会为选中的人开设账号，用户名取姓名的拼音。"),
        error_messages={"invalid_choice": _("有的人已经有账号，请刷新后重新选择。")},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        unused = User.objects.editable_by(self.user).filter(is_active=True, last_login=None)
        rows = with_slips(unused.exclude(pk=self.user.pk)).order_by("username")
        self.fields["accounts"].queryset = rows
        self.fields["accounts"].initial = [row.pk for row in rows if not row.slip_until]
        self.due = due_for(self.user)
        self.fields["people"].choices = [
            (key, f"{each.name} ({each.words})") for key, each in self.due.items()
        ]
        self.fields["people"].initial = list(self.due)
        if not self.due:
            del self.fields["people"]

    def clean(self):
        given = super().clean()
        if not self.errors and not (given.get("accounts") or given.get("people")):
            raise forms.ValidationError(_("请至少选择一人。"))
        return given


def due_for(user):
    """Persons who are due an account, by key: for those who may see persons."""
    if not roles.has_role(user, roles.STAFF):
        return {}
    return {candidate.key: candidate for candidate in candidates()}


def readable_holdings(reader, users=None) -> list[Holding]:
    """Posts of the office for who manages accounts; roles in the party for the office itself."""
    posts = set(StaffPost.Role.values)
    everything = roles.has_role(reader, roles.STAFF)
    return [
        holding
        for holding in roles.holdings(users)
        if everything or holding.role in posts or holding.user_id == reader.pk
    ]


def in_words(accounts, *, reader, brief: bool = False) -> None:
    """Give each account of a page its roles in words, at one query for each source.

    In brief, the membership of somebody who also has a post goes without saying. Who is a
    member, and of which branch, is not for the system administrator.
    """
    words: dict[int, list[Holding]] = {}
    for holding in readable_holdings(reader, [account.pk for account in accounts]):
        words.setdefault(holding.user_id, []).append(holding)
    for account in accounts:
        held = words.get(account.pk, [])
        posts = [holding for holding in held if holding.role != roles.MEMBER]
        account.holdings = (posts or held) if brief else held
