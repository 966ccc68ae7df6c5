"""The files of qualification: their declared sheets, reading the assets file, and what is written into downloads."""

from qualification.workbooks.specs import ASSET_COLUMNS, ASSETS, QUALIFIED_ASSETS, asset_row

__all__ = ["ASSETS", "ASSET_COLUMNS", "QUALIFIED_ASSETS", "asset_row"]
