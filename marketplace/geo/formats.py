"""Which of the three formats a file is, told by what it holds; nothing else is ever tried."""

from typing import Literal

from marketplace.geo import geojson_files, geopackage_files, kml_files
from marketplace.geo.features import Layer, UnreadableGeoFile

Format = Literal["GeoPackage", "GeoJSON", "KML"]
MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
LOOKED_AT = 4096
NONE_OF_THEM = "This is not a GeoPackage, GeoJSON or KML file, whatever its name says."


def layers(data: bytes, stem: str) -> tuple[Format, list[Layer]]:
    """The file's format and its layers. Raises :class:`UnreadableGeoFile`; call it in the child only."""
    kind = _format_of(data)
    readers = {
        "GeoPackage": geopackage_files.layers,
        "GeoJSON": geojson_files.layers,
        "KML": kml_files.layers,
    }
    found = readers[kind](data, stem)
    if not found:
        raise UnreadableGeoFile("The file has no layer with shapes in it.")
    return kind, found


def _format_of(data: bytes) -> Format:
    if data.startswith(geopackage_files.SQLITE):
        if geopackage_files.is_geopackage(data):
            return "GeoPackage"
        hint = (
            " If it is one, close it in your mapping tool first."
            if geopackage_files.is_write_ahead(data)
            else ""
        )
        raise UnreadableGeoFile(f"This is an SQLite database, but not a GeoPackage.{hint}")
    start = _beginning(data)
    if start.startswith(b"<"):
        if kml_files.is_kml(data):
            return "KML"
        raise UnreadableGeoFile(
            "This is not a GeoPackage, GeoJSON or KML file, whatever its name says: its outermost element is not “kml”."
        )
    if start.startswith(b"{"):
        return "GeoJSON"
    if data.startswith(b"PK"):
        raise UnreadableGeoFile(
            "This is a zip file (KMZ or shapefile?). Unpack it, or save it as a GeoPackage, GeoJSON or KML."
        )
    raise UnreadableGeoFile(NONE_OF_THEM)


def _beginning(data: bytes) -> bytes:
    """The first letters that say what a file is, without byte-order mark, blank space and the NULs of
    UTF-16."""
    start = data[:LOOKED_AT]
    for mark in MARKS:
        start = start.removeprefix(mark)
    return start.replace(b"\0", b"").lstrip(b" \t\r\n")
