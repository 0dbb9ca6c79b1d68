"""The columns of a roster: what people call them, and which column of a file is which."""

import hashlib
import re

from django.utils.translation import gettext_lazy as _

from members.importing.vocabulary import WORDS
from nanchuan.kernel.importing.tables import label_of

LABELS = {
    "name": _("姓名"),
    "gender": _("性别"),
    "ethnicity": _("民族"),
    "born_on": _("出生日期"),
    "id_number": _("公民身份号码"),
    "education": _("学历"),
    "native_place": _("籍贯"),
    "joined_on": _("入党日期"),
    "full_member_on": _("转正日期"),
    "standing": _("党员类别"),
    "job": _("工作岗位"),
    "organization": _("所在党组织"),
    "since": _("组织关系自何日起"),
    "phone": _("联系电话"),
    "note": _("备注"),
}
DAYS = ("born_on", "joined_on", "full_member_on", "since")
SECRET = ("id_number", "phone")
PLACE = ("organization", "standing", "since")
REQUIRED = ("name",)
EXAMPLE = _("示例（请删除）")  # the name on the line of the template


_BY_LABEL = {
    label: "" if name == "ignored" else name
    for name, labels in WORDS["columns"].items()
    for label in labels
}
_PREFIX = re.compile(r"^(党员|本人|职工|员工|\d+)(?=..)")  # data
_SUFFIX = re.compile(r"(必填|选填|信息)$")  # data


def recognise(header: str) -> str | None:
    """The column that a header names; "" for one that is known and not taken in, None if none."""
    label = label_of(header)
    for text in (label, _SUFFIX.sub("", label), _PREFIX.sub("", _SUFFIX.sub("", label))):
        if text in _BY_LABEL:
            return _BY_LABEL[text]
    return None


def propose(headers: list[str]) -> dict[int, str]:
    """Column of the file → column of the roster; of two that mean the same, the first."""
    mapping: dict[int, str] = {}
    for index, header in enumerate(headers):
        name = recognise(header)
        if name and name not in mapping.values():
            mapping[index] = name
    return mapping


def unknown(headers: list[str], mapping: dict[int, str]) -> list[str]:
    """Headers that mean nothing to the portal, so that what stands below them is left out."""
    return [
        header
        for index, header in enumerate(headers)
        if header and index not in mapping and recognise(header) is None
    ]


def signature(headers: list[str]) -> str:
    """The same for two files with the same headers, whoever made them."""
    return hashlib.sha256("\n".join(headers).encode()).hexdigest()


def clean_mapping(given: dict, width: int) -> dict[int, str]:
    """A mapping as it was stored or sent, without what cannot be."""
    mapping: dict[int, str] = {}
    for index, name in given.items():
        if name in LABELS and int(index) < width and name not in mapping.values():
            mapping[int(index)] = name
    return mapping
