"""Every sentence of the product, found in code and templates, and its English.

Python alone: no gettext tools are needed to build or to check the catalogue.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
from django.conf import settings
from django.template.base import Lexer, Token, TokenType
from django.utils.translation import trim_whitespace

PACKAGE = settings.ROOT / "unionhall"
CATALOGUE = settings.ROOT / "locale/en/LC_MESSAGES/django.po"
IN_CONTEXT = {"pgettext", "pgettext_lazy"}
PLURALS = {"ngettext", "ngettext_lazy"}
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop"} | PLURALS | IN_CONTEXT
IN_TEMPLATES = re.compile(
    r"""\{%\s*(?:translate|trans)\s+(?:"([^"]+)"|'([^']+)')(?:\s+context\s+"([^"]+)")?|\b_\((?:"([^"]+)"|'([^']+)')\)"""
)
PLACEHOLDERS = re.compile(r"%\((\w+)\)|\{(\w+)")
CHINESE = re.compile("[\u3001-\u303f\u4e00-\u9fff\uff01-\uff5e“”]")  # its stops and brackets, too

CONTEXT = "\x04"  # stands between a context and what is said in it, as in gettext's own catalogues

Sentence = tuple[str, str]  # msgid, behind its context if it has one, and msgid_plural or ""


def sentences() -> dict[Sentence, list[str]]:
    """Each sentence that is marked for translation, with the files it stands in."""
    found: dict[Sentence, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*")):
        if "tests" in path.parts or path.suffix not in {".py", ".html", ".txt"}:
            continue
        where = path.relative_to(settings.ROOT).as_posix()
        reader = in_python if path.suffix == ".py" else in_template
        for sentence in reader(path):
            found.setdefault(sentence, []).append(where)
    return found


def in_python(path: Path) -> Iterator[Sentence]:
    """What stands in ``_("…")`` and its sisters."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and _name_of(node.func) in CALLS:
            texts = [str(arg.value) for arg in node.args[:2] if isinstance(arg, ast.Constant)]
            if len(texts) > 1 and _name_of(node.func) in IN_CONTEXT:
                yield CONTEXT.join(texts), ""
            elif texts:
                yield texts[0], texts[1] if _name_of(node.func) in PLURALS and texts[1:] else ""


def _name_of(function: ast.expr) -> str:
    """``gettext``, also where it is called as ``translation.gettext``."""
    return getattr(function, "id", "") or getattr(function, "attr", "")


def in_template(path: Path) -> Iterator[Sentence]:
    """What stands in ``translate`` and ``blocktranslate`` tags."""
    source = path.read_text(encoding="utf-8")
    for match in IN_TEMPLATES.finditer(source):
        double, single, context, *others = match.groups()
        said = next(text for text in (double, single, *others) if text)
        yield f"{context}{CONTEXT}{said}" if context else said, ""
    yield from _blocks(iter(Lexer(source).tokenize()))


def _blocks(tokens: Iterator[Token]) -> Iterator[Sentence]:
    """Read by the token, not by the tree: other tags keep what stands inside them to themselves."""
    for token in tokens:
        words = token.split_contents() if token.token_type is TokenType.BLOCK else []
        if words and words[0] in {"blocktranslate", "blocktrans"}:
            yield _block(tokens, trimmed="trimmed" in words)


def _block(tokens: Iterator[Token], *, trimmed: bool) -> Sentence:
    parts = [""]
    for token in tokens:
        if token.token_type is TokenType.BLOCK:
            if token.contents.strip() != "plural":
                break
            parts.append("")
        else:
            is_name = token.token_type is TokenType.VAR
            parts[-1] += f"%({token.contents})s" if is_name else token.contents.replace("%", "%%")
    singular, plural = (*(trim_whitespace(part) if trimmed else part for part in parts), "")[:2]
    return singular, plural


def collect(extra: list[Path]) -> polib.POFile:
    """Bring the catalogue up to the code, taking English from ``extra`` files where it has none."""
    old = (
        {_key(entry): entry for entry in polib.pofile(str(CATALOGUE))} if CATALOGUE.exists() else {}
    )
    given = {
        _key(entry)[0]: entry
        for path in extra
        for entry in polib.pofile(str(path))
        if entry.msgstr or entry.msgstr_plural
    }
    catalogue = polib.POFile(wrapwidth=100)
    catalogue.metadata = {
        "Language": "en",
        "Content-Type": "text/plain; charset=UTF-8",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    for sentence, files in sorted(sentences().items()):
        catalogue.append(_entry(sentence, files, old, given))
    catalogue.save(str(CATALOGUE))
    catalogue.save_as_mofile(str(CATALOGUE.with_suffix(".mo")))
    return catalogue


def _entry(
    sentence: Sentence,
    files: list[str],
    old: dict[Sentence, polib.POEntry],
    given: dict[str, polib.POEntry],
) -> polib.POEntry:
    *context, said = sentence[0].split(CONTEXT)
    known = given.get(sentence[0]) or old.get(sentence) or polib.POEntry()
    english = (
        known.msgstr
        or (known.msgstr_plural or {}).get(0, "")
        or (said if not CHINESE.search(said) else "")
    )
    entry = polib.POEntry(
        msgid=said,
        msgctxt=context[0] if context else None,
        occurrences=[(name, "") for name in sorted(set(files))],
    )
    if sentence[1]:
        entry.msgid_plural = sentence[1]
        entry.msgstr_plural = known.msgstr_plural or {0: english, 1: english}
    else:
        entry.msgstr = english
    return entry


def _key(entry: polib.POEntry) -> Sentence:
    context = f"{entry.msgctxt}{CONTEXT}" if entry.msgctxt else ""
    return context + entry.msgid, entry.msgid_plural


def problems() -> list[str]:
    """Sentences without English, with other placeholders in it, or a compiled file that is old."""
    entries = {_key(entry): entry for entry in polib.pofile(str(CATALOGUE))}
    wrong = [
        f"no English for: {sentence[0]}"
        for sentence in sentences()
        if not _english(entries.get(sentence))
    ]
    wrong += [
        f"other placeholders in the English of: {entry.msgid}"
        for entry in entries.values()
        for english in _english(entry)
        if not _fits(entry, english)
    ]
    compiled = {
        _key(entry): _english(entry) for entry in polib.mofile(str(CATALOGUE.with_suffix(".mo")))
    }
    wrong += [
        f"not compiled: {entry.msgid}"
        for entry in entries.values()
        if _english(entry) != compiled.get(_key(entry), [])
    ]
    return wrong


def _fits(entry: polib.POEntry, english: str) -> bool:
    """Names what the Chinese names; one of a plural pair may leave the number out ("one thing")."""
    chinese, named = (set(PLACEHOLDERS.findall(text)) for text in (entry.msgid, english))
    return named <= chinese if entry.msgid_plural else named == chinese


def _english(entry: polib.POEntry | None) -> list[str]:
    if entry is None or "fuzzy" in entry.flags:
        return []
    return [text for text in (entry.msgstr, *(entry.msgstr_plural or {}).values()) if text]
