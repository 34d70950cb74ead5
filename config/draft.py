"""A site file of right form, not yet believed: what the checks look at and the site is built from.

Items of wrong form are left out and remembered by name, so that one mistake is not reported again by
everything that refers to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from config.chainage import ChainageTable, Piece, parse_chainage
from config.finding import Finding, Level, Path, dotted, shown_value
from config.schema import SiteFile
from config.schema_devices import DeviceFile, MatrixFile, MultiFile
from config.schema_road import JunctionSideFile, RampFile
from config.yaml_lines import Document
from devices.models import ModbusModel, MqttModel
from devices.values import DeviceType


class Reporter:
    """Makes findings about one file's paths."""

    def __init__(self, file: str, document: Document) -> None:
        self._file = file
        self._document = document

    def __call__(self, path: Path, problem: str, remedy: str = "", level: Level = Level.ERROR) -> Finding:
        """Return a finding about `path` with its line and value; `(missing)` where nothing stands."""
        there = self._document.holds(path)
        value = shown_value(self._document.get(path)) if there and path else "" if there else "(missing)"
        return Finding(self._file, self._document.line(path), dotted(path), value, problem, remedy, level)


@dataclass(frozen=True, slots=True)
class Row:
    """One device of the file with its index there and everything `defaults` adds to it."""

    index: int
    file: DeviceFile

    @property
    def path(self) -> Path:
        """Its place in the file."""
        return ("devices", self.index)

    @property
    def type(self) -> DeviceType:
        """Its type as the rest of the program names it."""
        return DeviceType(self.file.type)


@dataclass(frozen=True, slots=True)
class RampRow:
    """One ramp of the file and what it belongs to."""

    junction: str
    carriageway: str
    side: JunctionSideFile
    file: RampFile

    @property
    def joins(self) -> str | None:
        """The chainage where it joins, None where neither it nor its junction says so."""
        return self.file.joins or self.side.entry


@dataclass(frozen=True)
class Draft:
    """A file of right form.

    Attributes:
        file: what it says, without items of wrong form.
        device_indices, camera_indices: index in the file of each device and camera that is left.
        broken: collection and name of what was left out; the name `*` is a whole collection.
        models: the device models there are.
    """

    file: SiteFile
    report: Reporter
    device_indices: tuple[int, ...]
    camera_indices: tuple[int, ...]
    broken: frozenset[tuple[str, str]]
    models: Mapping[str, ModbusModel | MqttModel]

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The devices in file order."""
        return tuple(Row(i, d) for i, d in zip(self.device_indices, self.file.devices, strict=True))

    @cached_property
    def tables(self) -> Mapping[str, ChainageTable]:
        """Chainage tables of the carriageways that have a sound one."""
        tables: dict[str, ChainageTable] = {}
        for name in self.file.carriageways:
            try:
                tables[name] = self.table(name)
            except ValueError:
                continue
        return tables

    def table(self, carriageway: str) -> ChainageTable:
        """Build the chainage table of a carriageway.

        Raises:
            ValueError: a chainage of wrong form, or a table that contradicts itself.
        """
        pieces = self.file.carriageways[carriageway].chainage
        return ChainageTable([Piece(parse_chainage(p.from_), parse_chainage(p.to)) for p in pieces])

    def at_m(self, carriageway: str, chainage: str) -> int | None:
        """Return metres along a carriageway; None where it, its table or the chainage is not sound."""
        try:
            return self.tables[carriageway].to_m(parse_chainage(chainage))
        except (KeyError, ValueError):
            return None

    @cached_property
    def ramps(self) -> Mapping[str, RampRow]:
        """The ramps by id; of two with one id the first."""
        found: dict[str, RampRow] = {}
        for junction, file in self.file.junctions.items():
            for carriageway, side in file.carriageways.items():
                for name, ramp in side.ramps.items():
                    found.setdefault(name, RampRow(junction, carriageway, side, ramp))
        return found

    def carriageway_of(self, row: Row) -> str | None:
        """Return the carriageway of a device, by its gantry or ramp where it names one."""
        if row.file.ramp is not None:
            ramp = self.ramps.get(row.file.ramp)
            return ramp.carriageway if ramp else None
        if row.file.gantry is not None:
            gantry = self.file.gantries.get(row.file.gantry)
            return gantry.carriageway if gantry else None
        return row.file.carriageway

    def place_m(self, row: Row) -> int | None:
        """Return where a device stands, on a ramp where that joins; None where that is not sound."""
        if row.file.ramp is not None:
            ramp = self.ramps.get(row.file.ramp)
            return self.at_m(ramp.carriageway, ramp.joins) if ramp and ramp.joins else None
        if row.file.gantry is not None:
            gantry = self.file.gantries.get(row.file.gantry)
            return self.at_m(gantry.carriageway, gantry.at) if gantry else None
        if row.file.carriageway is None or row.file.at is None:
            return None
        return self.at_m(row.file.carriageway, row.file.at)

    def model_of(self, row: Row) -> ModbusModel | MqttModel | None:
        """Return the model of a device, None where there is none of that name."""
        return self.models.get(row.file.model)

    def base_of(self, row: Row) -> tuple[Path, str | MultiFile | None]:
        """Return `base` of a device and the path that says so."""
        if row.file.base is not None:
            return (*row.path, "base"), row.file.base
        return self._default(row, "base", getattr(self.file.defaults, row.file.type).base)

    def fallback_of(self, row: Row) -> tuple[Path, str | MultiFile | None]:
        """Return `fallback` of a device and the path that says so."""
        if row.file.fallback is not None:
            return (*row.path, "fallback"), row.file.fallback
        return self._default(row, "fallback", getattr(self.file.defaults, row.file.type).fallback)

    @staticmethod
    def _default(row: Row, key: str, value: str | MultiFile | None) -> tuple[Path, str | MultiFile | None]:
        if value is None:
            return (*row.path, key), None
        return ("defaults", row.file.type, key), value

    def aspects_of(self, row: Row) -> tuple[str, ...] | None:
        """Return what a head is said to be able to show; None where only its model says so."""
        named = row.file.aspects if row.file.aspects is not None else self.file.defaults.head.aspects
        return None if named is None or row.type is not DeviceType.HEAD else tuple(named)

    def siren_of(self, row: Row) -> bool:
        """Return whether a device has a siren."""
        if row.type is not DeviceType.BEACON:
            return False
        return bool(row.file.siren if row.file.siren is not None else self.file.defaults.beacon.siren)

    def tunnel_of(self, row: Row) -> str | None:
        """Return the tunnel whose entrance a portal signal guards, None for others."""
        return row.file.tunnel if row.type is DeviceType.PORTAL else None

    def lights_of(self, row: Row) -> tuple[str, ...] | None:
        """Return what a portal signal is said to be able to show; None where only its model says so."""
        named = row.file.lights if row.file.lights is not None else self.file.defaults.portal.lights
        return None if named is None or row.type is not DeviceType.PORTAL else tuple(named)

    def clips_of(self, row: Row) -> tuple[str, ...] | None:
        """Return the clips a speaker is said to hold; None where only its model says so."""
        named = row.file.clips if row.file.clips is not None else self.file.defaults.speaker.clips
        return None if named is None or row.type is not DeviceType.SPEAKER else tuple(named)

    def speeds_of(self, row: Row) -> tuple[int, ...]:
        """Return the speeds a speed sign can show, from the lowest; empty for others."""
        named = row.file.speeds if row.file.speeds is not None else self.file.defaults.speed.speeds
        return () if named is None or row.type is not DeviceType.SPEED else tuple(sorted(set(named)))

    def matrix_of(self, row: Row) -> MatrixFile | None:
        """Return the matrix of a sign, None for others."""
        if row.type is not DeviceType.SIGN:
            return None
        return row.file.matrix if row.file.matrix is not None else self.file.defaults.sign.matrix
