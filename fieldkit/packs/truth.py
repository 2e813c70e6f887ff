"""The two answers of `truefalse`, in the languages crews speak: a pack does not have to translate them.

A language that is not here falls back to the pack's own; an author then writes a `choice` with words of their own.
"""

from __future__ import annotations

TRUE_FALSE: dict[str, tuple[str, str]] = {
    "en": ("True", "False"),
    "es": ("Verdadero", "Falso"),
    "ar": ("صحيح", "خطأ"),
    "cs": ("Pravda", "Nepravda"),
    "da": ("Sandt", "Falsk"),
    "de": ("Richtig", "Falsch"),
    "fi": ("Oikein", "Väärin"),
    "fr": ("Vrai", "Faux"),
    "hi": ("सही", "गलत"),
    "ht": ("Vre", "Fo"),
    "hu": ("Igaz", "Hamis"),
    "id": ("Benar", "Salah"),
    "it": ("Vero", "Falso"),
    "ja": ("正しい", "間違い"),
    "ko": ("맞음", "틀림"),
    "nl": ("Waar", "Niet waar"),
    "no": ("Sant", "Usant"),
    "pl": ("Prawda", "Fałsz"),
    "pt": ("Verdadeiro", "Falso"),
    "ro": ("Adevărat", "Fals"),
    "ru": ("Верно", "Неверно"),
    "sv": ("Sant", "Falskt"),
    "tl": ("Tama", "Mali"),
    "tr": ("Doğru", "Yanlış"),
    "uk": ("Правда", "Неправда"),
    "vi": ("Đúng", "Sai"),
    "zh": ("对", "错"),
}


def true_false(lang: str) -> tuple[str, str] | None:
    """(true, false) in this language (`es-MX` as `es`), or None."""
    return TRUE_FALSE.get(lang) or TRUE_FALSE.get(lang.split("-", 1)[0])
