"""Numbers as papers of the language at hand write them."""

from django.utils.translation import get_language

from alliance.rota import in_chinese


def numeral(number: int) -> str:
    """第一位 and 一、 in Chinese; figures in any other language."""
    return in_chinese(number) if (get_language() or "").startswith("zh") else str(number)
