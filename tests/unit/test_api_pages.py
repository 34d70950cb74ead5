"""The console's files over HTTP: policy, caching, deep links, and what is said where it is not built."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from api.routes import pages
from docs import console
from docs.snippets import ROOT
from tests.sites import tiny_site
from tests.unit.api_room import Api, running_api


@pytest.fixture
async def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Api]:
    monkeypatch.setattr(pages, "BUILT", tmp_path / "built")
    async with running_api(tmp_path) as api:
        yield api


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "built"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>x</title>", "utf-8")
    (folder / "assets" / "index-abc.js").write_text("1", "utf-8")
    (folder / "secret.txt").write_text("no", "utf-8")
    return folder


async def test_without_a_build_the_page_says_what_to_run_and_the_api_works(api: Api) -> None:
    answer = await api.client.get("/")
    assert answer.status_code == 200
    assert "make console" in answer.text
    assert "SIMULATION" in answer.text
    assert (await api.client.get("/api/v1/site")).status_code == 200


@pytest.mark.parametrize("path", ["/", *(f"/{view}" for view in pages.VIEWS), "/incidents/I-20261122-0001"])
async def test_every_view_is_the_one_page(api: Api, built: Path, path: str) -> None:
    answer = await api.client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"


async def test_pages_allow_no_inline_and_no_foreign_source(api: Api, built: Path) -> None:
    for path in ("/", "/assets/index-abc.js"):
        headers = (await api.client.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"


async def test_hashed_files_may_be_kept_for_ever(api: Api, built: Path) -> None:
    answer = await api.client.get("/assets/index-abc.js")
    assert "immutable" in answer.headers["cache-control"]
    assert "javascript" in answer.headers["content-type"]


@pytest.mark.parametrize(
    "path", ["/assets/none.js", "/assets/..%2fsecret.txt", "/assets/%2e%2e/secret.txt", "/assets/.sources"]
)
async def test_nothing_else_is_given_out(api: Api, built: Path, path: str) -> None:
    assert (await api.client.get(path)).status_code == 404


def test_server_and_console_have_the_same_views() -> None:
    route = (ROOT / "api" / "console" / "src" / "shell" / "route.svelte.ts").read_text("utf-8")
    listed = route.split("const VIEWS: readonly string[] = [")[1].split("]")[0]
    assert tuple(word.strip(' \n"') for word in listed.split(",") if word.strip()) == pages.VIEWS


def test_the_consoles_types_are_those_of_the_api() -> None:
    assert console.FILE.read_text("utf-8") == console.text(), "run python -m docs.console"


def test_the_lock_names_no_address() -> None:
    lock = (ROOT / "api" / "console" / "package-lock.json").read_text("utf-8")
    assert "://" not in lock, "npm added addresses; `make lock` takes them out"


async def test_the_api_has_a_description_and_no_page_that_loads_foreign_scripts(api: Api) -> None:
    assert (await api.client.get("/openapi.json")).status_code == 200
    for path in ("/docs", "/redoc"):
        assert (await api.client.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("drill", "says", "not_says"), [(False, "SIMULATION", "DRILL"), (True, "DRILL", "SIMULATION")]
)
async def test_without_a_console_the_page_says_what_is_driven(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drill: bool, says: str, not_says: str
) -> None:
    monkeypatch.setattr(pages, "BUILT", tmp_path / "nothing")
    async with running_api(tmp_path, replace(tiny_site(), drill=drill)) as api:
        text = (await api.client.get("/")).text
    assert says in text
    assert not_says not in text
