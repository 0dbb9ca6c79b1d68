from services.models.answers import ReadyAnswer
from services.models.bookings import Booking
from services.models.cases import TopicCase
from services.models.clocks import Clock, Extension, Pause
from services.models.commitments import Commitment
from services.models.dispatches import Appeal, Assistance, CoFiler, Dispatch, Objection, Told
from services.models.drafts import NeedDraft
from services.models.drives import Drive, Visit
from services.models.matchtable import MatchLine, MatchTable
from services.models.needs import Need
from services.models.notes import NeedFile, NeedNote, NeedNoteFile
from services.models.project_records import (
    Effect,
    Milestone,
    Money,
    ProgressFile,
    ProgressNote,
    ProgressPhoto,
    Risk,
)
from services.models.projects import Project, ProjectNeed, ProjectUnit
from services.models.reckonings import Reckoning
from services.models.remarks import Remark, SuggestionRemark
from services.models.resources import ClosedTime, OpenTime, Resource, ResourcePhoto
from services.models.solutions import Solution

__all__ = [
    "Appeal",
    "Assistance",
    "Booking",
    "Clock",
    "ClosedTime",
    "CoFiler",
    "Commitment",
    "Dispatch",
    "Drive",
    "Effect",
    "Extension",
    "MatchLine",
    "MatchTable",
    "Milestone",
    "Money",
    "Need",
    "NeedDraft",
    "NeedFile",
    "NeedNote",
    "NeedNoteFile",
    "Objection",
    "OpenTime",
    "Pause",
    "ProgressFile",
    "ProgressNote",
    "ProgressPhoto",
    "Project",
    "ProjectNeed",
    "ProjectUnit",
    "ReadyAnswer",
    "Reckoning",
    "Remark",
    "Resource",
    "ResourcePhoto",
    "Risk",
    "Solution",
    "SuggestionRemark",
    "Told",
    "TopicCase",
    "Visit",
]
