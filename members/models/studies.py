import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.activities import Activity, Participation
from members.models.organizations import Organization, below
from members.models.people import PartyMember
from nanchuan.kernel import roles
from nanchuan.kernel.attached import Attached
from nanchuan.kernel.querysets import EVERYTHING, ScopedQuerySet
from nanchuan.kernel.words import Worded


class StudyMaterialQuerySet(ScopedQuerySet):
    def newest(self) -> Self:
        return self.order_by(F("published_on").desc(nulls_last=True), "-pk")

    def offered(self) -> Self:
        return self.filter(retired_on=None)

    def view_scope(self, user) -> Q:
        """What the park offers, and what was added by an organization that one belongs to or
        leads, by one above it, or by one below that one leads."""
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        own = Organization.objects.filter(Organization.objects.all().own_scope(user)).order_by()
        under = own.filter(path__startswith=OuterRef("organization__path"))
        return Q(organization=None) | Q(Exists(under))

    def edit_scope(self, user) -> Q:
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        return below(roles.places(user, roles.SECRETARY), "organization__")


class StudyMaterial(Worded):
    """Something to study (学习材料): its text, its files, or where it is to be found.

    Without an organization it is the park's, and everybody's to study.
    """

    class Kind(models.TextChoices):
        SPEECH = "speech", _("重要讲话")
        DOCUMENT = "document", _("文件")
        RULE = "rule", _("党内法规")
        ARTICLE = "article", _("文章")
        BOOK = "book", _("书籍")
        VIDEO = "video", _("音像")
        OTHER = "other", _("其他")

    title = models.CharField(_("标题"), max_length=200)
    kind = models.CharField(_("类别"), max_length=10, choices=Kind, default=Kind.DOCUMENT)
    source = models.CharField(
        _("来源"), max_length=100, help_text=_("发布的机关、报刊或出版社，例如“示例日报”。")
    )
    published_on = models.DateField(_("发布日期"), null=True, blank=True)
    organization = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="study_materials",
        verbose_name=_("党组织"),
    )
    text = models.TextField(_("正文"), max_length=50_000, blank=True)
    where = models.CharField(
        _("出处"),
        max_length=300,
        blank=True,
        help_text=_("没有正文和文件的，写明在哪里能找到，例如书名和页码、内网地址。"),
    )
    retired_on = models.DateField(_("停用日期"), null=True, editable=False)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False
    )
    added_at = models.DateTimeField(_("登记时间"), default=timezone.now, editable=False)
    activities = models.ManyToManyField(
        Activity, through="Study", related_name="materials", verbose_name=_("学习活动")
    )

    objects = StudyMaterialQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("学习材料")
        indexes = [models.Index(fields=["organization", "id"], name="material_of_org")]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("members:study-detail", args=[self.pk])

    @property
    def owner_word(self) -> str:
        return str(self.organization or _("全园区"))


def study_path(file, filename):
    return f"studies/{uuid.uuid4().hex}"


class StudyFile(Attached):
    material = models.ForeignKey(StudyMaterial, models.CASCADE, related_name="files")
    file = models.FileField(_("文件"), upload_to=study_path)

    class Meta(Attached.Meta):
        verbose_name = verbose_name_plural = _("学习材料附件")


class StudyQuerySet(ScopedQuerySet):
    def counted(self) -> Self:
        """Of activities that took place."""
        held = Participation.objects.counted().filter(is_host=True)
        return self.filter(activity__in=held.values("activity"))

    def view_scope(self, user) -> Q:
        """Of a joint activity the partner reads the record, not what the host keeps to itself."""
        held = Q(activity__in=Activity.objects.visible_to(user))
        if roles.has_role(user, *roles.WHOLE_PARK):
            return held
        return held & Q(material__in=StudyMaterial.objects.visible_to(user))

    def edit_scope(self, user) -> Q:
        return Q(activity__in=Activity.objects.editable_by(user))


class Study(models.Model):
    """A material was studied at an activity (学习内容), in the order in which they were chosen."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="studies")
    material = models.ForeignKey(StudyMaterial, models.PROTECT, related_name="studies")

    objects = StudyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("学习内容")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["activity", "material"], name="study_once")]

    def __str__(self):
        return str(self.material)


class SelfStudyQuerySet(ScopedQuerySet):
    def view_scope(self, user) -> Q:
        return Q(member__in=PartyMember.objects.visible_to(user))

    def edit_scope(self, user) -> Q:
        return Q(member__in=roles.places(user, roles.MEMBER))


class SelfStudy(models.Model):
    """A member studied a material on their own (自学), as that person says."""

    member = models.ForeignKey(PartyMember, models.PROTECT, related_name="self_studies")
    material = models.ForeignKey(StudyMaterial, models.PROTECT, related_name="self_studies")
    studied_on = models.DateField(_("学习日期"))
    noted_at = models.DateTimeField(_("登记时间"), default=timezone.now, editable=False)

    objects = SelfStudyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("自学记录")
        ordering = ["-studied_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["member", "material"], name="self_study_once")
        ]

    def __str__(self):
        return f"{self.member} {self.material}"
