"""How each step of a project, and of what belongs to it, looks; what a page offers of them."""

from django.utils.translation import gettext_lazy as _

from services.actions import (
    commitments,
    milestones,
    progress,
    project_money,
    project_needs,
    projects,
)
from services.actions import project_rights as rights
from services.forms import project_steps as forms
from services.forms.commitments import CommitForm
from services.models import (
    Commitment,
    Milestone,
    Money,
    Project,
    ProjectNeed,
    ProjectUnit,
    Risk,
)
from services.views.step_verbs import Verb, steps_of

PROJECT = {
    "launch": Verb(_("启动实施"), projects.launch, _("已启动实施。"), is_main=True),
    "note": Verb(_("填写进展"), progress.note, _("已记录进展。"), forms.ProgressForm, is_main=True),
    "effect": Verb(_("填写成效"), progress.state_effect, _("已记录成效，谢谢。"), forms.EffectForm),
    "plan": Verb(_("安排节点"), milestones.plan, _("已安排节点。"), forms.MilestoneForm),
    "commit": Verb(_("投入资源"), commitments.commit, "", CommitForm),
    "join": Verb(_("加入需求"), project_needs.join, _("需求已加入项目。"), forms.JoinForm),
    "assist": Verb(
        _("加入协作单位"), projects.add_unit, _("已加入，该单位会收到通知。"), forms.AssistForm
    ),
    "money": Verb(_("登记资金"), project_money.write, _("已登记资金。"), forms.MoneyForm),
    "risk": Verb(_("提出风险"), project_money.raise_risk, _("已登记风险。"), forms.RiskForm),
    "change": Verb(_("修改项目"), projects.change, _("已修改。"), forms.ChangeForm),
    "close": Verb(_("完成项目"), projects.close, _("项目已完成，有关单位会收到通知。")),
    "stop": Verb(
        _("中止项目"),
        projects.stop,
        _("项目已中止，有关单位会收到原因。"),
        forms.ProjectReasonForm,
        danger=True,
    ),
    "archive": Verb(_("归档"), projects.archive, _("已归档，今后只能查看。")),
    "reopen": Verb(_("重新启动"), projects.reopen, _("已重新启动。")),
}
PARTS = {
    Milestone: {
        "done": Verb(_("标记完成"), milestones.finish, _("节点已完成。")),
        "change": Verb(_("修改节点"), milestones.change, _("已修改节点。"), forms.MilestoneForm),
        "drop": Verb(_("取消节点"), milestones.drop, _("已取消节点。"), danger=True),
    },
    ProjectNeed: {
        "leave": Verb(
            _("退出项目"),
            project_needs.leave,
            _("需求已退出项目。"),
            forms.ProjectReasonForm,
            danger=True,
        ),
    },
    ProjectUnit: {
        "end": Verb(_("退出协作"), projects.end_unit, _("已退出协作。"), danger=True),
    },
    Commitment: {
        "withdraw": Verb(
            _("撤回投入"),
            commitments.withdraw,
            _("已撤回，有关单位会收到通知。"),
            forms.ProjectReasonForm,
            danger=True,
        ),
    },
    Money: {
        "cancel": Verb(
            _("作废这笔资金"),
            project_money.cancel,
            _("已作废，不再计入合计。"),
            forms.ProjectReasonForm,
            danger=True,
        ),
    },
    Risk: {
        "handle": Verb(
            _("登记采取的措施"), project_money.handle_risk, _("已登记。"), forms.HandleRiskForm
        ),
        "close": Verb(
            _("解除风险"), project_money.close_risk, _("风险已解除。"), forms.CloseRiskForm
        ),
    },
}
# The names of their addresses: `services:projectneed-leave` …
NOUNS = {
    Project: "project",
    Milestone: "milestone",
    ProjectNeed: "projectneed",
    ProjectUnit: "projectunit",
    Commitment: "commitment",
    Money: "money",
    Risk: "risk",
}


def looks_of(row) -> dict[str, Verb]:
    return PROJECT if isinstance(row, Project) else PARTS[type(row)]


def noun_of(model) -> str:
    return NOUNS[model]


def steps(user, row) -> list[dict]:
    """What a person may do now to a project or to a part of it, each with its label and address."""
    return steps_of(row, looks_of(row), rights.verbs(user, row), noun_of(type(row)))
