"""What a file of meter IDs holds. Pure: it is read in a process that knows no database."""

from marketplace.csv_text import BadCsv, Line, dress_of, lines_of
from marketplace.keys import key_form
from marketplace.workbooks.declare import Problem
from qualification.domain.meters.numbers import read_meter_id

HEADER = "meter_id"
MOST_ROWS = 200_000
MOST_PROBLEMS = 100_000


def read_meter_file(data: bytes) -> tuple[str, list[str], list[Problem]]:
    """A refusal in one sentence or "", the 13-digit cores in ascending order, and the problems by line.

    The file is a CSV with the header ``meter_id``, one a line; other columns are left alone.
    """
    try:
        dress = dress_of(data)
        lines = lines_of(data, most_rows=MOST_ROWS, dress=dress)
        headers = [key_form(cell) for cell in next(lines, Line(1, ())).cells]
        if headers.count(HEADER) != 1:
            return "The first line of a meter list is its header, meter_id.", [], []
        place = headers.index(HEADER)
        problems = [Problem("", None, None, "", dress.note, "warning")] if dress.note else []
        seen: dict[str, int] = {}
        for line in lines:
            text = line.cell(place)
            if not text or len(problems) > MOST_PROBLEMS:
                continue
            core, fault = read_meter_id(text)
            if fault:
                problems.append(Problem("", line.number, HEADER, text[:80], fault))
            elif core in seen:
                repeated = f"The meter is in line {seen[core]} already; it counts once."
                problems.append(Problem("", line.number, HEADER, text[:80], repeated, "warning"))
            else:
                seen[core] = line.number
    except BadCsv as error:
        return error.sentence, [], []
    return "", sorted(seen), problems
