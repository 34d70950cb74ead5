"""One spelling for texts and aliases before they are compared: width, case, spaces, dashes."""

import re
import unicodedata

_DASHES = str.maketrans(
    dict.fromkeys("‐‑‒–—―−─ー", "-") | dict.fromkeys("∼〜～", "~") | {"’": "'", "。": "."}
)
_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_BESIDE_CJK = re.compile(rf"(?<=[{_CJK}]) +| +(?=[{_CJK}])")
_IN_WORD = re.compile(r"(?<=[a-z])-+(?=[a-z])")


def normalise(text: str) -> str:
    """Return the text half-width, lower case, without invisible characters, with single spaces.

    Spaces beside Chinese characters go, line ends become commas, a hyphen between two letters becomes a
    space (`rear-end`). Any string is accepted; doing it twice changes nothing a comparison could see.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    out = []
    for char in folded.translate(_DASHES):
        category = unicodedata.category(char)
        if char in "\r\n\u2028\u2029":
            out.append(",")
        elif category in ("Cc", "Zs"):
            out.append(" ")
        elif category in ("Cf", "Mn", "Me"):
            continue
        else:
            out.append(char)
    spaced = _IN_WORD.sub(" ", re.sub(" +", " ", "".join(out)))
    return _BESIDE_CJK.sub("", spaced).strip()
