from services.models.needs import Need, Remark, Solution
from services.models.projects import Commitment, ProgressNote, Project, ProjectNeed
from services.models.resources import Resource

__all__ = [
    "Commitment",
    "Need",
    "ProgressNote",
    "Project",
    "ProjectNeed",
    "Remark",
    "Resource",
    "Solution",
]
