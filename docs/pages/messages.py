"""`reference/messages.md`: what signs say, from the tables that make it."""

from collections.abc import Iterator

from config.messages import BLANKS, Language, MessagePolicy, Position, Situation
from config.sign_fit import banned_words
from config.site import SignShape
from controller.signs.sign_catalogue import ADVICE, WHAT
from controller.signs.sign_ladders import LADDERS
from controller.signs.sign_rows import Ladder, Row
from controller.signs.sign_texts import Telling, choose
from devices.sign_chars import RANGES
from devices.sign_layout import CELLS_PER_S, MAX_CYCLE_DS, MAX_PAGES, MIN_PAGE_DS
from docs.pages.docstrings import member_texts
from docs.pages.markdown import code, table

_NAMES = {Language.ZH: "Chinese", Language.EN: "English"}

_INTRO = """# Sign messages

A sign's text is a sentence from a *ladder*: the same message in ever shorter forms. Shown is the first form
the sign can hold whole; the last has two characters, so no sign of that size is left blank. When a longer
form did not fit, the plan says `shortened`. A `|` marks where a line may end.

Which ladder, and which words fill it, is decided by score: a row that names the situation counts 4, the
type group 2, the position 1, and the highest wins.
"""

_FITTING = f"""## How a text is put on a sign

- Widths are those of the sign font (decision 10): an ideograph takes a full cell, a letter or digit half of
  one. Lines end between words only, after punctuation first, and never between a number and its unit.
- Where the sign itself would end its lines as well, the text is sent plain; only where it would split a word
  is it sent with `[nl]`.
- One page is better than two. Two are used where no one-page form says which lane and what happened. Each
  stays as long as reading it takes: {CELLS_PER_S // 2} ideographs or {CELLS_PER_S} letters a second, at least
  {MIN_PAGE_DS // 10} s; {MAX_PAGES} pages together at most {MAX_CYCLE_DS // 10} s.
  Sources: 259.5 (sd 38.2) Chinese characters a minute, measured with 30 readers (the study *Visual
  requirement for Chinese reading with normal vision*); MUTCD 2009, 2L.05: one second a word, no phase below
  two seconds, two phases within eight.
- Where two open incidents both matter to a sign, each has a page: a second warning within the middle band,
  or a closed lane before a place that nobody gets past. Where the two together do not fit, or the next closed
  cross-section lets nobody past, the stricter and nearer one stands alone and the other is outranked.
- A text that a person locks a sign at is refused where it does not fit, a page goes before it is read, or it
  has a word signs never say.
- Closure texts are red on signs with colours (`matrix: {{colour: true}}`), all else in the sign's own colour.
- Names from the site file are shown letter by letter: brackets are doubled, what no sign has is left out.
- Signs are sent {sum(last - first + 1 for first, last, _ in RANGES):,} characters: letters, digits,
  ideographs, kana, hangul and common punctuation; no emoji, no control or direction marks.
"""

_OWN = """## Texts of a site

Under `policy.messages` a site chooses the language and may add texts. Of those that are for a sign the most
specific that fits on one page is shown before anything of the product's: one that names signs before one that
names groups, before one that names positions.

```yaml
policy:
  messages:
    language: zh
    banned: [小心]
    texts:
      - {situation: lanes, groups: [fire], text: "前方|{lanes}|{what},|关窗|慢行"}
      - {situation: closure, signs: [VMS-FU-15], text: "{tunnel}|封闭,|请从|{exit}|驶出"}
```

`onekey config check` refuses a text with an unknown blank, a character no sign has or a banned word; one that
is milder or stricter than its situation, or sends traffic to a lane; one that fits no sign, or not every sign
it names.
"""


def page() -> str:
    """Return the page."""
    parts = [
        _INTRO,
        "## Situations\n",
        table(("situation", "what the sign tells"), member_rows()),
        "## Blanks\n",
        table(("blank", "filled with"), ((code("{" + name + "}"), text) for name, text in BLANKS.items())),
        "## What happened\n",
        table(
            ("group", *_NAMES.values()),
            ((code(group), *(_shown(WHAT[lang][group]) for lang in _NAMES)) for group in WHAT[Language.ZH]),
        ),
        *(part for language in _NAMES for part in _language(language)),
        _FITTING,
        "## One message on signs of many sizes\n",
        "A crash in the fast lane 3 km ahead, in the open.\n",
        table(("columns x rows", *_NAMES.values()), _sizes()),
        _OWN,
        "## Words no sign says\n",
        ", ".join(map(code, banned_words())) + "\n",
    ]
    return "\n".join(parts)


def member_rows() -> Iterator[tuple[str, str]]:
    """Give each situation and its meaning."""
    for member, text in member_texts(Situation).items():
        yield code(str(member)), text


def _language(language: Language) -> Iterator[str]:
    yield f"## What to do: {_NAMES[language]}\n"
    yield table(
        ("situation", "group", "position", "advice"),
        ((*_when(row), _shown(row.value)) for row in ADVICE[language]),
    )
    yield f"## Ladders: {_NAMES[language]}\n"
    yield "Forms above the line are rather shown on two pages than lost.\n"
    for row in LADDERS[language]:
        yield "**" + ", ".join(word for word in _when(row) if word != "any") + "**\n"
        kept, rest = row.value.forms[: row.value.paged], row.value.forms[row.value.paged :]
        lines = [*kept, *(("----",) if kept and rest else ()), *rest]
        yield "```\n" + "\n".join(lines) + "\n```\n"


def _when(row: Row[str] | Row[Ladder]) -> tuple[str, str, str]:
    situation, group, position = (
        "any" if part is None else code(str(part)) for part in (row.situation, row.group, row.position)
    )
    return situation, group, position


def _shown(marked: str) -> str:
    return marked.replace("|", "")


def _sizes() -> Iterator[tuple[str, ...]]:
    for columns, rows in ((16, 3), (10, 2), (8, 2), (6, 2), (5, 1), (4, 2), (4, 1), (2, 1)):
        texts = []
        for language, lane in ((Language.ZH, "快车道"), (Language.EN, "FAST LANE")):
            telling = Telling(Situation.LANES, "crash", Position.MIDDLE, lane, 3_000)
            choice = choose(telling, SignShape(columns * 16, rows * 16), MessagePolicy(language))
            texts.append("" if choice is None else code(choice.multi))
        yield (f"{columns} x {rows}", *texts)
