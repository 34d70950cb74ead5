"""`onekey simulate`: the simulated devices of a site in a process of their own."""

from dataclasses import replace
from typing import Annotated

import typer

from api.cli.plan import SiteFile, site_of
from api.cli.say import Code, Command, fail
from config.site import Device, Site
from devices.models import MqttModel


def simulate(
    site_file: SiteFile = None,
    free_ports: Annotated[
        bool, typer.Option("--free-ports", help="Bind free ports instead of those of the site.")
    ] = False,
    broker: Annotated[
        str | None, typer.Option("--broker", metavar="HOST:PORT", help="MQTT broker; the site's by default.")
    ] = None,
    control_port: Annotated[int, typer.Option("--control-port", help="Of the control API; 0 is free.")] = 0,
    chaos: Annotated[
        bool, typer.Option("--chaos", help="A proxy before every link that can spoil what passes.")
    ] = False,
    report_s: Annotated[
        float | None,
        typer.Option(
            "--report-s", min=0.1, max=3600, help="How often MQTT devices report; their model's by default."
        ),
    ] = None,
    comm_loss_s: Annotated[
        float | None,
        typer.Option(
            "--comm-loss-s", min=1, max=3600, help="A device nobody speaks to for so long shows its fallback."
        ),
    ] = None,
) -> None:
    """Run the simulated devices of a site; prints one JSON line with every endpoint when they listen."""
    address = broker_address(broker) if broker else None
    site = site_of(site_file)
    if report_s is not None:
        site = reporting_every(site, report_s)
    from simulators.process import run  # noqa: PLC0415 - other commands start fast without wire libraries
    from simulators.simulation import LiveSite  # noqa: PLC0415 - late: the others start fast

    try:
        run(
            site,
            free_ports=free_ports,
            broker=address,
            control_port=control_port,
            chaos=chaos,
            comm_loss_s=comm_loss_s,
        )
    except LiveSite as err:
        fail(str(err), Code.WRONG_USE)
    except OSError as err:
        fail(f"{err}; --free-ports takes free ones", Code.NOT_ACHIEVED)


def reporting_every(site: Site, report_s: float) -> Site:
    """Return the site with MQTT devices that report by themselves every `report_s` seconds."""

    def changed(device: Device) -> Device:
        if not isinstance(device.model, MqttModel):
            return device
        return replace(device, model=device.model.model_copy(update={"report_s": report_s}))

    return replace(site, devices={key: changed(device) for key, device in site.devices.items()})


def broker_address(given: str) -> tuple[str, int]:
    """Return host and port of `HOST:PORT`."""
    host, _, port = given.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65_536:
        fail(f"--broker {given}: write it like 127.0.0.1:1883", Code.WRONG_USE)
    return host.strip("[]"), int(port)


COMMANDS: tuple[Command, ...] = (
    ("simulate", simulate, "onekey simulate --site config/sites/sanduling.yaml --free-ports"),
)
