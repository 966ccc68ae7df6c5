"""Reading GeoPackages with SQLite's own library, from memory: only plain tables, with nothing but SELECT."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import Any

import shapely

from marketplace.geo.arcs import from_curved_wkb, is_curved
from marketplace.geo.features import Drawn, Feature, Layer, UnreadableGeoFile, from_wkb
from marketplace.numbers import count_text

SQLITE = b"SQLite format 3\0"
APPLICATION_IDS = {b"GPKG", b"GP10", b"GP11"}
UNDEFINED = (-1, 0)
BROKEN = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite raises for a broken database: also where its message quotes what is no text."""
MOST_LAYERS = 500
MOST_FIELDS = 1_000
ENVELOPES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
ALLOWED = {
    getattr(sqlite3, name) for name in ("SQLITE_SELECT", "SQLITE_READ", "SQLITE_FUNCTION", "SQLITE_PRAGMA")
}
FUNCTIONS = {"count", "lower"}
LEFT_OPEN = (
    "The GeoPackage was copied while a program may have had it open, so its latest changes may be missing: "
    "if anything is, close it there and upload it again."
)
PRAGMAS = {"table_xinfo", "trusted_schema", "cell_size_check", "query_only"}


def is_geopackage(data: bytes) -> bool:
    """Whether an SQLite database says that it is a GeoPackage, or has a GeoPackage's tables."""
    if not data.startswith(SQLITE) or len(data) < 100:
        return False
    if data[68:72] in APPLICATION_IDS:
        return True
    try:
        with closing(_opened(data)) as database:
            tables = {name.lower() for name, kind, _ in _schema(database) if kind == "table"}
    except BROKEN:
        return False
    return {"gpkg_contents", "gpkg_geometry_columns"} <= tables


def is_write_ahead(data: bytes) -> bool:
    """Whether a database keeps its latest changes in a second file while a program has it open."""
    return 2 in data[18:20]


def layers(data: bytes, stem: str) -> list[Layer]:
    """The tables of shapes that a GeoPackage lists. Raises :class:`UnreadableGeoFile`."""
    try:
        found = _layers(_opened(data))
        for layer in found:
            layer.note = LEFT_OPEN if is_write_ahead(data) else ""
        return found
    except BROKEN as error:
        raise UnreadableGeoFile("The file is damaged or not a GeoPackage, GeoJSON or KML file.") from error


def _opened(data: bytes) -> sqlite3.Connection:
    """The database in memory, on which nothing but SELECT and some PRAGMA are allowed."""
    database = sqlite3.connect(":memory:")
    # A database in write-ahead mode would ask for a second file; in memory it has none.
    database.deserialize(data[:18] + b"\1\1" + data[20:])
    database.text_factory = lambda text: text.decode("utf-8", "replace")
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"):
        database.execute(f"PRAGMA {pragma}")
    database.set_authorizer(_allowed)
    return database


def _allowed(action: int, one: str | None, two: str | None, database: str | None, trigger: str | None) -> int:
    if action not in ALLOWED or trigger is not None:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and str(two).lower() not in FUNCTIONS:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA and str(one).lower() not in PRAGMAS:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _schema(database: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """Name, kind and definition of everything in the database."""
    rows = database.execute("SELECT name, type, sql FROM sqlite_master")
    return [(str(name), str(kind), str(sql or "")) for name, kind, sql in rows]


def _layers(database: sqlite3.Connection) -> list[Layer]:
    schema = {
        name.lower(): (name, kind, sql) for name, kind, sql in _schema(database) if kind in ("table", "view")
    }
    if not {"gpkg_contents", "gpkg_geometry_columns"} <= schema.keys():
        raise UnreadableGeoFile("The GeoPackage lists no layer with shapes in it.")
    listed = database.execute(
        "SELECT c.table_name, g.column_name, g.geometry_type_name, g.srs_id"
        " FROM gpkg_contents AS c, gpkg_geometry_columns AS g"
        " WHERE lower(g.table_name) = lower(c.table_name) AND lower(c.data_type) = 'features'"
    ).fetchmany(MOST_LAYERS + 1)
    if len(listed) > MOST_LAYERS:
        raise UnreadableGeoFile(
            f"The file has more than {count_text(MOST_LAYERS)} layers. Save those with areas in a file."
        )
    found = []
    for table, column, kind, srs_id in listed:
        name, sort, sql = schema.get(str(table).lower(), (str(table), "", ""))
        if not sort:
            raise UnreadableGeoFile(f"The GeoPackage lists a layer {_shown(name)} that it does not hold.")
        _refuse_unlike_a_table(name, sort, sql)
        found.append(_layer(database, name, str(column), str(kind), srs_id))
    return found


def _refuse_unlike_a_table(name: str, sort: str, sql: str) -> None:
    if sort == "view":
        raise UnreadableGeoFile(
            f"{_shown(name)} is a view, not a layer with shapes of its own. "
            "Save its areas as a layer of a new GeoPackage and upload that."
        )
    if " ".join(sql.split()[:2]).upper() != "CREATE TABLE":
        raise UnreadableGeoFile(f"{_shown(name)} is a virtual table, not a layer with shapes of its own.")


def _shown(name: str) -> str:
    return f"“{name[:80]}”"


def _layer(database: sqlite3.Connection, table: str, column: str, kind: str, srs_id: Any) -> Layer:
    columns = database.execute(f"PRAGMA table_xinfo({_quoted(table)})").fetchmany(MOST_FIELDS)
    stored = [str(name) for _, name, _, _, _, _, hidden in columns if not hidden]
    shapes = next((name for name in stored if name.lower() == column.lower()), None)
    if shapes is None:
        raise UnreadableGeoFile(f"The layer {_shown(table)} has no column {_shown(column)} with its shapes.")
    key = next((str(each[1]) for each in columns if each[5] == 1 and str(each[2]).upper() == "INTEGER"), None)
    (count,) = database.execute(f"SELECT count(*) FROM {_quoted(table)}").fetchone()  # noqa: S608 (quoted)
    fields = [name for name in stored if name not in (shapes, key)]
    rows = partial(_rows, database, table, shapes)
    return Layer(table, fields, int(count), _system(database, srs_id), kind[:80], rows)


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _rows(database: sqlite3.Connection, table: str, shapes: str, fields: Sequence[str]) -> Iterator[Feature]:
    columns = ", ".join(_quoted(name) for name in (shapes, *fields))
    try:
        found = database.execute(f"SELECT {columns} FROM {_quoted(table)}")  # noqa: S608 (quoted)
        for number, row in enumerate(found, start=1):
            yield Feature(number, dict(zip(fields, row[1:], strict=True)), _drawn(row[0]))
    except BROKEN as error:
        raise UnreadableGeoFile("The file is damaged or not a GeoPackage, GeoJSON or KML file.") from error


def _drawn(blob: Any) -> Drawn:
    """The shape of a GeoPackage's binary: a header with the bounds, then well-known binary."""
    if blob is None:
        return Drawn(fault="It has no shape.")
    if not isinstance(blob, bytes) or len(blob) < 8 or blob[:2] != b"GP":
        return Drawn(fault="Its shape can't be read.")
    flags = blob[3]
    if flags & 0x20:
        return Drawn(fault="Its shape can't be read.")
    envelope = ENVELOPES.get((flags >> 1) & 7)
    if envelope is None or len(blob) < 8 + envelope:
        return Drawn(fault="Its shape can't be read.")
    if flags & 0x10 and len(blob) == 8 + envelope:
        return Drawn(shapely.Polygon())
    wkb = blob[8 + envelope :]
    return from_curved_wkb(wkb) if is_curved(wkb) else from_wkb(wkb)


def _system(database: sqlite3.Connection, srs_id: Any) -> str | None:
    """What the file says of a coordinate system: an authority's code, else its definition; None for
    undefined."""
    if srs_id in UNDEFINED:
        return None
    row = database.execute(
        "SELECT srs_name, organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys"
        " WHERE srs_id = ?",
        (srs_id,),
    ).fetchone()
    if row is None:
        return None
    name, organization, code, definition = row
    if str(organization).upper() in ("EPSG", "ESRI", "OGC", "IGNF") and code:
        return f"{str(organization).upper()}:{code}\n{definition or ''}"
    text = str(definition or "").strip()
    return text if text and text.lower() != "undefined" else f"{name}"
