"""The console's words for kinds of journal record are those of the reference, in both languages."""

import re

import pytest

from docs.pages.words import JOURNAL
from docs.snippets import ROOT

_WORD = re.compile(r'^ +(\w+): "([^"]+)",$', re.MULTILINE)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_kind_of_record_has_its_word(language: str) -> None:
    file = ROOT / "api" / "console" / "src" / "words" / language / "journal.ts"
    words = dict(_WORD.findall(file.read_text("utf-8")))
    wanted = {kind: zh if language == "zh" else kind.replace("_", " ") for kind, (zh, _) in JOURNAL.items()}
    assert words == wanted
