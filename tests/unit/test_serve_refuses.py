"""What a controller refuses to start with: a store nowhere; on a live site failpoints, a patient journal."""

from dataclasses import replace
from pathlib import Path

import pytest

from api.serve import ServeOptions, serve
from devices import failpoints

SITE = Path(__file__).parents[1] / "kills" / "site.yaml"


def live(folder: Path) -> ServeOptions:
    path = folder / "site.yaml"
    path.write_text(SITE.read_text("utf-8").replace("kind: simulated", "kind: live"), "utf-8")
    return ServeOptions(site=path, db=folder / "store" / "onekey.db", port=0, syslog="off")


async def test_a_live_site_waits_no_longer_for_its_journal_than_the_product_does(tmp_path: Path) -> None:
    options = replace(live(tmp_path), intent_limit_ms=301)
    with pytest.raises(ValueError, match="ONEKEY_INTENT_LIMIT_MS is 301 and the site is live"):
        await serve(options)
    assert not options.db.parent.exists()


async def test_a_live_site_is_not_broken_on_purpose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(failpoints.VARIABLE, "before_send=kill")
    options = live(tmp_path)
    with pytest.raises(ValueError, match=r"ONEKEY_FAILPOINTS is set and the site is live"):
        await serve(options)
    assert not options.db.parent.exists()
    assert not failpoints._armed


async def test_a_folder_that_cannot_be_made_is_named_with_the_option(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("in the way", "utf-8")
    options = replace(live(tmp_path), db=tmp_path / "store" / "deeper" / "onekey.db")
    with pytest.raises(OSError, match="store/deeper cannot be made: Not a directory; give a --db"):
        await serve(options)


def test_a_controller_takes_the_limit_of_the_product_where_nothing_is_said(tmp_path: Path) -> None:
    assert live(tmp_path).intent_limit_ms == 300
