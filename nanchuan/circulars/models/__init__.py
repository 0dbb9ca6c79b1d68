from nanchuan.circulars.models.addressees import Addressee, Extension
from nanchuan.circulars.models.circulars import Circular, CircularFile, Numbering, Question, Target
from nanchuan.circulars.models.submissions import Submission, SubmissionFile

__all__ = [
    "Addressee",
    "Circular",
    "CircularFile",
    "Extension",
    "Numbering",
    "Question",
    "Submission",
    "SubmissionFile",
    "Target",
]
