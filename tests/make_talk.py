"""Talks and study materials for tests."""

from datetime import timedelta

from django.utils import timezone

from members.models import StudyMaterial, TalkNote
from tests import make

WORDS = "谈话内容标记"


def talk(lead, other, *, by=None, content=WORDS, **kwargs):
    """Two talked yesterday; the first, who has an account, wrote it down. Answers its note."""
    from members.actions import talks

    when = {"starts_at": timezone.now() - timedelta(days=1)} | kwargs
    made = talks.log(lead=lead, other=other, content=content, by=by or lead.user, **when)
    return TalkNote.objects.get(activity=made)


def material(of=None, **kwargs):
    defaults = {"title": "示例讲话", "source": "示例日报", "text": "全文", "kind": "speech"}
    return StudyMaterial.objects.create(
        organization=of, added_by=kwargs.pop("by", None) or make.user(), **defaults | kwargs
    )
