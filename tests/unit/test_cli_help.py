"""Every command's help teaches with an example that its own parser accepts; wrong use is told in one line."""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner, Result

from api.cli import main
from config.loader import sample_site_path
from devices.values import DeviceType

ORIGIN = "紧急:福向三都岭隧道内快车道追尾,启动预警"


def run(*args: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, args, env={"ONEKEY_SITE": "", "COLUMNS": "100"} | (env or {}))


def commands() -> Iterator[Any]:
    root: Any = typer.main.get_command(main)
    for name, command in root.commands.items():
        for sub, leaf in getattr(command, "commands", {"": command}).items():
            yield pytest.param([name, sub] if sub else [name], leaf, id=f"{name} {sub}".strip())


@pytest.mark.parametrize(("path", "command"), list(commands()))
def test_help_teaches_with_an_example(path: list[str], command: Any) -> None:
    shown = run(*path, "--help")
    assert shown.exit_code == 0
    assert command.help
    example = command.epilog.removeprefix("Example: ")
    assert example.startswith(" ".join(["onekey", *path]))
    words = shlex.split(example)[1 + len(path) :]
    command.make_context(path[-1], words)  # raises a usage error where the example is wrong


def test_the_command_alone_shows_where_to_start() -> None:
    assert "onekey demo --alert" in run("--help").output


@pytest.mark.parametrize(
    "args",
    [
        ["alert"],
        ["clear"],
        ["nothing"],
        ["serve", "--port", "x"],
        ["device", "lock", "X"],
        ["config", "check"],
    ],
)
def test_wrong_use_is_2(args: list[str]) -> None:
    assert run(*args).exit_code == 2


def test_the_plan_of_the_origin_message_offline() -> None:
    shown = run("plan", ORIGIN)
    assert shown.exit_code == 0
    assert "前方快车道事故,注意减速避让" in shown.output
    assert "nothing was sent" in shown.output
    told = json.loads(run("plan", ORIGIN, "--json").output)
    assert told["decision"] == "activate"
    assert {d["type"] for d in told["plan"]["demands"]} == set(DeviceType)


def test_a_plan_of_an_unclear_text_is_2_and_asks() -> None:
    shown = run("plan", "三都岭隧道追尾")
    assert shown.exit_code == 2
    assert "哪个方向" in shown.stderr
    assert "Which direction" in shown.stderr


def test_parse_offline() -> None:
    shown = run("parse", "三都岭隧道追尾")
    assert shown.exit_code == 0
    assert "ask" in shown.output
    assert json.loads(run("parse", ORIGIN, "--json").output)["decision"] == "activate"


def test_config_check_of_the_sample_is_good() -> None:
    shown = run("config", "check", str(sample_site_path()))
    assert shown.exit_code == 0
    assert "devices" in shown.output


def test_config_check_names_every_mistake_and_is_2(tmp_path: Path) -> None:
    text = sample_site_path().read_text("utf-8")
    broken = text.replace("kind: simulated", "kind: pretended", 1).replace("road: G15", "rod: G15", 1)
    file = tmp_path / "broken.yaml"
    file.write_text(broken, "utf-8")
    shown = run("config", "check", str(file))
    assert shown.exit_code == 2
    assert "pretended" in shown.stdout
    assert "rod" in shown.stdout
    found = json.loads(run("config", "check", str(file), "--json").stdout)
    assert found["ok"] is False
    assert len(found["findings"]) >= 2
    assert all(f["line"] > 0 for f in found["findings"])


def test_a_site_that_is_not_there_is_2(tmp_path: Path) -> None:
    shown = run("plan", ORIGIN, "--site", str(tmp_path / "none.yaml"))
    assert shown.exit_code == 2
    assert "cannot be read" in shown.stderr
    assert "Traceback" not in shown.output


@pytest.mark.parametrize(
    "args",
    [["status"], ["device", "list"], ["clear", "I-1"], ["hold", "I-1"], ["alert", ORIGIN]],
    ids=lambda args: args[0],
)
def test_without_a_controller_one_line_says_so_and_it_is_1(args: list[str]) -> None:
    shown = run(*args, "--url", "http://127.0.0.1:9")
    assert shown.exit_code == 1, shown.output
    assert "no controller answers at http://127.0.0.1:9" in shown.stderr
    assert len(shown.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("args", [["status"], ["alert", ORIGIN]], ids=lambda args: args[0])
def test_a_url_that_is_none_is_2(args: list[str]) -> None:
    shown = run(*args, "--url", "ftp://127.0.0.1")
    assert shown.exit_code == 2
    assert "http://127.0.0.1:8080" in shown.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        pytest.param(["--token", "short"], "token", id="short-token"),
        pytest.param(["--port", "70000"], "port", id="port"),
        pytest.param(["--log-level", "loud"], "log_level", id="log-level"),
        pytest.param(["--endpoints", "{"], "links", id="endpoints-no-json"),
        pytest.param(["--endpoints", "/nowhere/at/all.json"], "/nowhere/at/all.json", id="endpoints-no-file"),
        pytest.param(["--endpoints", '{"links": {"X": {}}}'], "host", id="endpoints-no-host"),
    ],
)
def test_serve_refuses_what_it_cannot_use(args: list[str], said: str) -> None:
    shown = run("serve", *args)
    assert shown.exit_code == 2, shown.output
    assert said in shown.stderr


@pytest.mark.parametrize("broker", ["nowhere", ":1883", "host:", "host:0", "host:99999", "host:x"])
def test_simulate_refuses_a_broker_that_is_none(broker: str) -> None:
    shown = run("simulate", "--broker", broker)
    assert shown.exit_code == 2
    assert "127.0.0.1:1883" in shown.stderr
