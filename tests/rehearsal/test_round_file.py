from pathlib import Path

import pytest

from rehearsal.round.file import UnusableRound, read_round

GOOD = """
[system_operator]
code = "SPEN"
name = "SP Energy Networks"
region = "SCT"
[[areas]]
file = "areas.gpkg"
reference_field = "name"
[competitions]
file = "competitions.xlsx"
[[flex_service_provider]]
code = "NORTH"
name = "Northern Batteries Ltd"
assets = "assets.xlsx"
enters = ["A1"]
[decisions]
recommended = true
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("areas.gpkg", "competitions.xlsx", "assets.xlsx"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def write(folder: Path, text: str) -> Path:
    (folder / "round.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_round_is_read_with_its_defaults(folder):
    told = read_round(write(folder, GOOD))
    assert (told.operator.country, told.operator.time_zone) == ("GB", "Europe/London")
    assert told.decide_as_recommended
    assert told.decisions is None
    [provider] = told.providers
    assert provider.enters_competition("a1")
    assert not provider.enters_competition("A2")


@pytest.mark.parametrize(
    ("addition", "sentence"),
    [
        ('\n[[dps]]\nname = "Flex"', "needs “reference”"),
        (
            '\n[[flex_service_provider]]\ncode = "S"\nname = "S"\nassets = "assets.xlsx"\ndps_approved = ["x"]',
            "no .*dps",
        ),
        (
            '\n[[flex_service_provider]]\ncode = "S"\nname = "S"\nassets = "assets.xlsx"\ndps_approved = "x"',
            "is a list of DPS references",
        ),
        ('\n[[meter_list]]\narea = "A"', "needs “file”"),
        ('\n[[overrides]]\nfile = "o.xlsx"', "names o.xlsx, which is not in the folder"),
        ("\n[prizes]\nx = 1", "unknown key “prizes”"),
        ("\n[decisions", "can't be read"),
        ('file = "decisions.xlsx"', "not both"),
    ],
)
def test_what_cannot_be_played_is_said_in_a_sentence(folder, addition, sentence):
    with pytest.raises(UnusableRound, match=sentence):
        read_round(write(folder, GOOD + addition))


def test_a_file_that_is_missing_is_named(folder):
    (folder / "assets.xlsx").unlink()
    with pytest.raises(UnusableRound, match=r"assets\.xlsx, which is not in the folder"):
        read_round(write(folder, GOOD))


def test_a_file_outside_the_folder_is_refused(folder):
    with pytest.raises(UnusableRound, match="outside its folder"):
        read_round(write(folder, GOOD.replace("assets.xlsx", "../assets.xlsx")))


def test_a_folder_without_a_round_says_so(tmp_path):
    with pytest.raises(UnusableRound, match=r"no round\.toml"):
        read_round(tmp_path)
    with pytest.raises(UnusableRound, match="no folder"):
        read_round(tmp_path / "absent")
