import re
import uuid
from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models import Group
from members.models import Organization, Post, Unit
from nanchuan.kernel import roles
from nanchuan.kernel.attached import Attached
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.kernel.states import Stateful

YEAR, NUMBER = "{年}", "{号}"  # data
PATTERN = f"南园党〔{YEAR}〕{NUMBER}号"  # data
NEIGHBOURS = re.compile(r"[\d{}]")


def check_pattern(value: str) -> None:
    """Both marks once, and no digit beside them: else two circulars could get one number."""
    if value.count(YEAR) != 1 or value.count(NUMBER) != 1:
        raise ValidationError(_("格式中要有一个“{年}”和一个“{号}”，例如“南园党〔{年}〕{号}号”。"))
    rest = value.replace(YEAR, "\n").replace(NUMBER, "\n")
    beside = re.findall(r"(.?)\n(?=(.?))", rest, re.DOTALL)
    if any(NEIGHBOURS.search(letter) for pair in beside for letter in pair) or "\n\n" in rest:
        raise ValidationError(_("“{年}”和“{号}”不能相连，旁边也不能是数字，以免编号混淆。"))


class Numbering(models.Model):
    """How the numbers of circulars are written (发文字号), from when it was decided; what was
    published keeps its number."""

    pattern = models.CharField(
        _("字号格式"),
        max_length=30,
        validators=[check_pattern],
        help_text=_("“{年}”处写年份，“{号}”处写当年的流水号。换格式不影响流水号。"),
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    at = models.DateTimeField(_("更新时间"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("发文字号")
        ordering = ["-pk"]

    def __str__(self):
        return self.pattern

    @classmethod
    def in_force(cls) -> str:
        return cls.objects.values_list("pattern", flat=True).first() or PATTERN

    @staticmethod
    def written(pattern: str, year: int, number: int) -> str:
        return pattern.replace(YEAR, str(year)).replace(NUMBER, str(number))


class CircularQuerySet(ScopedQuerySet):
    def search(self, words: str) -> Self:
        """By a part of the title, the text or the number."""
        words = words.strip()
        if not words:
            return self
        return self.filter(Q(title__holds=words) | Q(text__holds=words) | Q(number__holds=words))

    def newest(self) -> Self:
        """Drafts first, then by when they went out."""
        return self.order_by(models.F("published_at").desc(nulls_first=True), "-pk")

    def view_scope(self, user) -> Q:
        """The office sees drafts too; others what was published to somebody of theirs."""
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        out = ~Q(status=Circular.Status.DRAFT)
        if roles.has_role(user, *roles.WHOLE_PARK):
            return out
        rows = self.model._meta.get_field("addressees").related_model.objects.reaching(user)
        return out & Q(pk__in=rows.order_by().values("circular"))

    def edit_scope(self, user) -> Q:
        return EVERYTHING if roles.has_role(user, roles.STAFF) else NOTHING


class Circular(Stateful):
    """A notice, a document, or a call for material, from the park office to organizations and
    units (通知公告、文件下发、材料报送)."""

    class Kind(models.TextChoices):
        NOTICE = "notice", _("通知公告")
        DOCUMENT = "document", _("文件下发")
        COLLECTION = "collection", _("材料报送")

    class Status(models.TextChoices):
        DRAFT = "draft", _("草稿")
        PUBLISHED = "published", _("已发布")
        CLOSED = "closed", _("已截止")
        ARCHIVED = "archived", _("已归档")
        RECALLED = "recalled", _("已撤回")
        REPLACED = "replaced", _("已被替代")

    STEPS = {
        Status.DRAFT: {Status.PUBLISHED},
        Status.PUBLISHED: {Status.CLOSED, Status.RECALLED, Status.REPLACED},
        Status.CLOSED: {Status.ARCHIVED, Status.RECALLED, Status.REPLACED},
    }
    STANDING = (Status.PUBLISHED, Status.CLOSED, Status.ARCHIVED)
    OUT = (Status.PUBLISHED, Status.CLOSED)
    STYLES = {
        Status.DRAFT: "draft",
        Status.PUBLISHED: "open",
        Status.CLOSED: "confirmed",
        Status.ARCHIVED: "left",
        Status.RECALLED: "refused",
        Status.REPLACED: "left",
    }

    kind = models.CharField(_("类别"), max_length=10, choices=Kind, default=Kind.NOTICE)
    status = models.CharField(
        _("状态"), max_length=10, choices=Status, default=Status.DRAFT, editable=False
    )
    title = models.CharField(_("标题"), max_length=200)
    text = models.TextField(_("正文"), max_length=20_000, blank=True)
    number = models.CharField(
        _("字号"),
        max_length=40,
        null=True,  # drafts have none, two never the same
        blank=True,
        unique=True,
        editable=False,
    )
    year = models.PositiveSmallIntegerField(_("年份"), null=True, editable=False)
    serial = models.PositiveIntegerField(_("流水号"), null=True, editable=False)
    needs_receipt = models.BooleanField(
        _("需要回执"), default=False, help_text=_("收到的单位须点“确认收到”，记下姓名和时间。")
    )
    needs_submission = models.BooleanField(
        _("需要报送"), default=False, help_text=_("收到的单位须填写表单或上传材料。")
    )
    due_at = models.DateTimeField(_("截止时间"), null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False
    )
    added_at = models.DateTimeField(_("起草时间"), default=timezone.now, editable=False)
    published_at = models.DateTimeField(_("发布时间"), null=True, editable=False)
    closed_at = models.DateTimeField(_("结束时间"), null=True, editable=False)
    reason = models.CharField(_("撤回原因"), max_length=200, blank=True, editable=False)
    reminded_at = models.DateTimeField(_("上次提醒"), null=True, editable=False)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="replaced_by", editable=False
    )

    objects = CircularQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("通知公告")
        constraints = [
            models.UniqueConstraint(fields=["year", "serial"], name="circular_serial_once"),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(number__isnull=False), name="circular_out_numbered"
            ),
        ]
        indexes = [models.Index(fields=["-published_at", "-id"], name="circular_newest")]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("circulars:circular-detail", args=[self.pk])

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def is_running(self) -> bool:
        """Whether anybody still owes something."""
        return self.status == self.Status.PUBLISHED

    @property
    def state_style(self) -> str:
        return self.STYLES[self.status]


def circular_path(file, filename):
    return f"circulars/{uuid.uuid4().hex}"


class CircularFile(Attached):
    """What goes out with a circular; a template (模板) is to be filled in and sent back."""

    circular = models.ForeignKey(Circular, models.CASCADE, related_name="files")
    file = models.FileField(_("文件"), upload_to=circular_path)
    is_template = models.BooleanField(_("填报模板"), default=False)

    class Meta(Attached.Meta):
        verbose_name = verbose_name_plural = _("通知附件")


class Target(models.Model):
    """What was chosen as receivers (发送范围); who that is, publishing decides."""

    class Kind(models.TextChoices):
        PARK = "park", _("全园区党组织")
        ALLIANCE = "alliance", _("联盟全体成员单位")
        ORGANIZATION = "organization", _("党组织")
        SUBTREE = "subtree", _("党组织及其下级")
        GROUP = "group", _("联盟小组成员单位")
        POST = "post", _("任某职务的同志")
        UNIT = "unit", _("单位")

    circular = models.ForeignKey(Circular, models.CASCADE, related_name="targets")
    kind = models.CharField(_("范围"), max_length=12, choices=Kind)
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="+"
    )
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="+")
    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = _("发送范围")
        ordering = ["pk"]

    def __str__(self):
        named = self.organization or self.group or self.post or self.unit
        return f"{self.get_kind_display()} {named or ''}".strip()


class Question(models.Model):
    """A line of the form that comes back (填报项)."""

    class Kind(models.TextChoices):
        TEXT = "text", _("文字")
        NUMBER = "number", _("数字")
        DATE = "date", _("日期")
        CHOICE = "choice", _("单选")
        FILE = "file", _("文件")

    class Source(models.TextChoices):
        """What the portal already knows of who answers."""

        NAME = "name", _("单位或党组织名称")
        SECRETARY = "secretary", _("书记姓名")
        MEMBERS = "members", _("党员人数")
        FULL = "full", _("正式党员人数")
        PROBATIONARY = "probationary", _("预备党员人数")
        UNIT = "unit", _("所在单位名称")
        ORGANIZATION = "organization", _("所在党组织名称")
        CONTACT = "contact", _("单位联系人姓名")
        EMPLOYEES = "employees", _("职工人数")

    circular = models.ForeignKey(Circular, models.CASCADE, related_name="questions")
    order = models.PositiveSmallIntegerField(_("排序"), default=0)
    text = models.CharField(_("填报内容"), max_length=100)
    kind = models.CharField(_("类型"), max_length=10, choices=Kind, default=Kind.TEXT)
    choices = models.TextField(
        _("选项"), max_length=2000, blank=True, help_text=_("类型为单选时填写，每行一个。")
    )
    source = models.CharField(
        _("自动填入"),
        max_length=15,
        choices=Source,
        blank=True,
        help_text=_("平台已有的内容直接填好，报送的同志核对即可。"),
    )
    is_required = models.BooleanField(_("必填"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _("填报项")
        ordering = ["order", "pk"]

    def __str__(self):
        return self.text

    @property
    def options(self) -> list[str]:
        lines = (line.strip() for line in self.choices.splitlines())
        return list(dict.fromkeys(line for line in lines if line))
