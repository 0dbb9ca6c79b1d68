"""The papers of needs, written from their rows: what nobody noted stays blank."""

from services.papers.dossier import DOSSIER, dossier
from services.papers.listed import need_columns
from services.papers.notice import NOTICE, notice

__all__ = ["DOSSIER", "NOTICE", "dossier", "need_columns", "notice"]
