"""The field side of a process: one link a connection, one driver a device, made from the site."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from config.site import Device, Link, LinkKind, MqttAddress, Site, SiteKind
from devices.clock import Clock
from devices.driver import Driver, Fitting
from devices.drivers import driver_modules
from devices.links.modbus import ModbusLink
from devices.links.mqtt import MqttLink
from devices.models import ModbusModel, MqttModel
from devices.models.schema import Identity
from devices.pixel_form import PixelForm
from devices.values import Message

AnyLink = ModbusLink | MqttLink


@dataclass(frozen=True, slots=True)
class Field:
    """Links by id (each needs its `run` supervised) and drivers by device id."""

    links: Mapping[str, AnyLink]
    drivers: Mapping[str, Driver]


def overlay(site: Site, endpoints: Mapping[str, tuple[str, int]]) -> Site:
    """Return the site with the hosts and ports its links are really found at.

    Raises:
        ValueError: an endpoint names no link of the site.
    """
    stray = sorted(set(endpoints) - set(site.links))
    if stray:
        known = ", ".join(site.links)
        raise ValueError(f"endpoints name unknown links {', '.join(stray)}; the site has {known}")
    links = {
        link.id: replace(link, host=endpoints[link.id][0], port=endpoints[link.id][1])
        if link.id in endpoints
        else link
        for link in site.links.values()
    }
    return replace(site, links=links)


def build_field(site: Site, clock: Clock, *, client_id: str) -> Field:
    """Make every link and driver of the site; connects nothing yet.

    Args:
        client_id: MQTT client id of this controller process, unique at its brokers.
    """
    links = {link.id: _link(site, link, clock, client_id) for link in site.links.values()}
    drivers = {d.id: _driver(site, d, links[d.link], clock) for d in site.devices.values()}
    return Field(links, drivers)


def _link(site: Site, link: Link, clock: Clock, client_id: str) -> AnyLink:
    simulated = site.kind is SiteKind.SIMULATED
    if link.kind is LinkKind.MQTT:
        return MqttLink(
            link.id,
            link.host,
            link.port,
            site_id=site.id,
            client_id=f"{client_id}-{link.id}",
            clock=clock,
            simulated=simulated,
        )
    devices = [d for d in site.devices.values() if d.link == link.id]
    units = dict.fromkeys(d.address.unit for d in devices if not isinstance(d.address, MqttAddress))
    identities = [d.model.identity for d in devices if isinstance(d.model, ModbusModel)]
    return ModbusLink(
        link.id,
        link.host,
        link.port,
        clock=clock,
        simulated=simulated,
        identity=identities[0] if identities else Identity(),
        request_timeout_s=link.request_timeout_ms / 1000,
        units=tuple(units),
        serial=link.serial,
    )


def _driver(site: Site, device: Device, link: AnyLink, clock: Clock) -> Driver:
    model = device.model
    if (model.protocol == "mqtt") is not isinstance(link, MqttLink):
        raise ValueError(f"{device.id}: model {model.model} cannot speak over link {device.link}")
    form = None
    if isinstance(model, MqttModel) and model.sign_form == "pixels" and device.shape is not None:
        resting = [v for v in (device.base, device.fallback) if isinstance(v, Message)]
        form = PixelForm(device.shape, colour=device.shape.colour, known=resting)
    fitting = Fitting(site.id, device.id, device.type, model, device.address, form)
    driver: Driver = driver_modules()[model.protocol].make(fitting, link, clock)
    return driver
