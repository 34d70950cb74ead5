"""A small site with what the sample lacks: three lanes, two tunnels, falling chainage, an ambiguous alias."""

from config.chainage import ChainageTable, Piece, parse_chainage
from config.site import Bore, Carriageway, Lane, Site, SiteKind, Text, Tunnel


def _table(*ends: str) -> ChainageTable:
    points = [parse_chainage(end) for end in ends]
    return ChainageTable([Piece(a, b) for a, b in zip(points[::2], points[1::2], strict=True)])


LANES = (
    Lane(1, Text("快车道", "fast lane"), ("超车道", "第一车道")),
    Lane(2, Text("中车道", "middle lane"), ("中间车道",)),
    Lane(3, Text("慢车道", "slow lane"), ("外侧车道",)),
)

TWO_TUNNELS = Site(
    id="pair",
    name=Text("双隧道", "Two tunnels"),
    kind=SiteKind.SIMULATED,
    note="",
    digest="",
    carriageways={
        "N": Carriageway(
            "N", "S1", Text("北向", "northbound"), ("往北",), "n", _table("K10+000", "K30+000"), LANES
        ),
        "S": Carriageway(
            "S", "S1", Text("南向", "southbound"), ("往南",), "s", _table("K30+000", "K10+000"), LANES
        ),
    },
    tunnels={
        "qing": Tunnel(
            "qing",
            Text("青石隧道", "Qingshi tunnel"),
            ("双子",),
            False,
            (Bore("qing", "N", 2_000, 4_000), Bore("qing", "S", 16_000, 18_000)),
        ),
        "bai": Tunnel(
            "bai", Text("白石隧道", "Baishi tunnel"), ("双子",), True, (Bore("bai", "N", 9_000, 9_500),)
        ),
    },
    gantries={},
    links={},
    devices={},
)
