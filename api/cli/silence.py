"""`onekey silence`: sirens fall silent; lights, signs and closures stay."""

from api.cli.client import DEFAULT_URL, ActorName, Client, Reason, Token, Url
from api.cli.say import AsJson, Code, Command, fail, say, say_json


def silence(
    reason: Reason = "",
    url: Url = DEFAULT_URL,
    token: Token = "",
    actor: ActorName = "",
    as_json: AsJson = False,
) -> None:
    """Silence sirens and speakers of every open incident; a new reason to sound ends it."""
    with Client(url, token, actor) as client:
        done = client.call("POST", "/sirens/silence", {"reason": reason})
    if as_json:
        say_json(done)
    else:
        say(f"silenced: {', '.join(done['silenced']) or 'nothing sounds for an incident'}")
    if done["still_sounding"]:
        names = ", ".join(done["still_sounding"])
        fail(f"still sounding because of a lock: {names}; onekey device unlock ends it", Code.NOT_ACHIEVED)


COMMANDS: tuple[Command, ...] = (("silence", silence, 'onekey silence --reason "crews on the phone"'),)
