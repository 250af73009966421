r"""Names beside their values in text: ``password=x``, ``"token": "x"``, ``?sig=x``, as patterns for ``blocked_values``.

The SDK reads the name to the left of each separator and then decides; here the name and its value have to be one
pattern. What the SDK leaves behind must not match: so a value does not begin with ``[`` or ``*``, and classes whose
masks begin otherwise (``j***@example.com``) are left to the rules for values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from otel_kit.policy.collector.patterns import literal
from otel_kit.policy.collector.phrases import GAP, humps, titles, tree
from otel_kit.policy.collector.rules import ValuePattern
from otel_kit.policy.model import KeyClass

# Masks of these actions begin with a star or a bracket, so that a value is told from what the SDK left.
_TOLD = frozenset({"replace", "drop", "last4", "ssn"})
_QUOTE = r"\\*\""
_BEHIND = r"[\"'\\\])]*[ \t]*"
_BARE_BEHIND = r"[\\\])]*[ \t]*"  # behind a quoted name stands a quoted value or null
# A value without quotes: no placeholder (?, %s, $1, :name, {x}), nothing that is masked, and no punctuation.
_FIRST = r"(?:[^\s\"'&,;\\\[*?$:%{}()<>=|]|%[0-9A-Fa-f]{2}|\$[^\d\s{])"
_BARE = _FIRST + r"[^\s\"'&,;\\]*"
_QUOTED = r"\\*\"(?:[^\"\\\[*?$%{<]|[$%][^\"\\]{2})[^\"\\]*|\\*'(?:[^'\\\[*?$%{<]|[$%][^'\\]{2})[^'\\]*"
# In prose a colon is followed by words: only what no word is made of counts.
_NO_WORD = r"(?:[A-Za-z]+|" + _FIRST + r")[^\s\"'&,;\\A-Za-z.:)\]}]+[^\s\"'&,;\\]*"
_MAP = r"\{\\*\"[^{}]*(?:\{[^{}]*\}[^{}]*)*\}"
_JSON = rf"\\*\"(?:[^\"\\\[*]|\\[^\"])(?:[^\"\\]|\\[^\"])*\\*\"|-?\d[\d.eE+-]*|\[[^\[\]*]+\]|{_MAP}"
# Values in JSON that the SDK cannot have left: in full, and where it shows a part.
_RAW = r"\"[^\"*\[]|[-0-9]|\{[^}]|\[(?:[^\]]*,)?(?:\"[^\"*\[]|[^\"\],ntf])"
_RAW_IN_PART = r"\"[^\"*\[]+\"|[-0-9]|\{[^}]|\[[^\[\]*]+\]|\[[\[{]"
_SCHEMED = r"(?:(?i:bearer|basic|digest|token|apikey|negotiate|oauth|hawk|signature|aws4-hmac-sha256) {1,3})?"
_CREDENTIAL = r"[A-Za-z]*[0-9._~+/=-][^\s\"'&,;\\\[*]*"
_CASES = (str.lower, str.title, str.upper)


def text_patterns(masked: Sequence[KeyClass]) -> list[ValuePattern]:
    """Return the patterns of names and values in any text."""
    told = [one for one in masked if is_told_in_text(one)]
    return [*_endings(told), *_credentials(one for one in masked if one.action == "scheme"), *_words(told)]


def query_pattern(query: Sequence[KeyClass]) -> str:
    """Return the pattern of a pair in a query string, its value behind the first group; nothing without classes."""
    names = _names(query)
    value = r"(?:[^\s\"'&;#\\\[*?$:%{<]|%[0-9A-Fa-f]{2})[^\s\"'&;#\\]*"
    return rf"((?:^|[?&;#])(?i:{names})=){value}" if names else ""


def member_pattern(masked: Sequence[KeyClass]) -> str:
    """Return a pattern of a member of JSON that a key class masks, and whose value is none that the SDK left.

    As strict as the patterns of keys; far too slow for every text, so it is for the bodies that are maps.
    """
    ways = []
    for told, value in ((True, _RAW), (False, _RAW_IN_PART)):
        classes = [one for one in masked if is_told_in_text(one) is told]
        root = tree(phrase for one in classes for phrase in one.words)
        endings = tree(ending for one in classes for ending in one.endings)
        exact = [
            literal(name[:-1]) + r"[^\"]*" if name.endswith("*") else literal(name)
            for one in classes
            for name in one.exact
        ]
        names = [f"(?i:{name})" for name in exact]
        if root.children:
            names.append(rf"(?:[^\"]*[^A-Za-z\"])?(?i:{root.pattern('')})")
            names += [rf"[^\"]*[a-z0-9]{hump}" for hump in humps(root, "", 10**6)]
            names.append(rf"[^\"]*{titles(root, '')}")
        if endings.children:
            names.append(rf"[^\"]*(?i:{endings.pattern('')})")
        if names:
            ways.append(rf"(?:{'|'.join(names)})[^A-Za-z\"]*\":(?:{value})")
    return rf"\"(?:{'|'.join(ways)})" if ways else ""


def is_told_in_text(one: KeyClass) -> bool:
    """Whether the names of a class are looked for in text, too."""
    return (one.fallback if one.action == "pseudonym" else one.action) in _TOLD


def _names(classes: Iterable[KeyClass]) -> str:
    root = tree((phrase for one in classes for phrase in one.words), shortest=True)
    return root.pattern("") if root.children else ""


def _endings(classes: Iterable[KeyClass]) -> Iterator[ValuePattern]:
    """Yield a pattern for each ending in each case: they begin with a text that Go looks for."""
    endings = sorted({ending for one in classes for ending in one.endings})
    shortest = [
        ending for ending in endings if not any(other != ending and ending.endswith(other) for other in endings)
    ]
    quoted = rf"{_BEHIND}[:=][ \t]*(?:{_QUOTED}|-?\d[\w.-]*)"
    value = rf"\d*(?:{_QUOTE}\s*:\s*(?:{_JSON})|{quoted}|{_BARE_BEHIND}[:=][ \t]*{_BARE})"
    for ending in shortest:
        for written in _CASES:
            yield ValuePattern(f"{written(ending)}=x", rf"{written(ending)}{value}")


def _credentials(classes: Iterable[KeyClass]) -> Iterator[ValuePattern]:
    """Yield headers with credentials in each case; the name of their scheme may stand before them."""
    value = rf"{_BEHIND}[:=][ \t]*\\*[\"']?{_SCHEMED}{_CREDENTIAL}"
    root = tree((phrase for one in classes for phrase in one.words), shortest=True)
    for words in root.phrases():
        for written in _CASES:
            rest = GAP.join(words[1:])
            name = written(words[0]) + (f"{GAP}(?i:{rest})" if rest else "")
            yield ValuePattern(f"{written(words[0])}: Bearer x1", name + value)


def _words(classes: Sequence[KeyClass]) -> Iterator[ValuePattern]:
    """Yield one pattern for the members of JSON, ``name=value``, and ``name: value`` where the value is no word."""
    names = _names(classes)
    if names:
        member = rf"{_QUOTE}\s*:\s*(?:{_JSON})"
        quoted = rf"{_BEHIND}[:=][ \t]*(?:{_QUOTED}|-?\d[\w.-]*)"
        value = rf"{quoted}|{_BARE_BEHIND}(?:=[ \t]*{_BARE}|:[ \t]*{_NO_WORD})"
        pattern = rf"(?:\b|_)(?i:{names})\d*(?:{member}|{value})"
        yield ValuePattern('"first_name": "x", first_name=x, api_key: x1', pattern)
