"""A kind of file for the tests of the jobs' machinery: lines ``unit=value`` kept in a plain table."""

import io
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import openpyxl
from django.db import connection

from marketplace.errors import Refused
from marketplace.jobs.kinds import (
    Change,
    FileKind,
    JobContext,
    Plan,
    UploadKind,
    register_file,
    register_member_loader,
    register_upload,
    registry,
)
from marketplace.workbooks.declare import Problem

KIND = "tests.rows"


def make_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS kernel_test_rows (unit text, value text)")


def drop_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS kernel_test_rows")


def rows() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT unit, value FROM kernel_test_rows ORDER BY unit, value")
        return cursor.fetchall()


def workbook() -> bytes:
    """A workbook with one row that lacks its value, as the check below finds."""
    book = openpyxl.Workbook()
    book.active.title = "Rows"
    for row in (["Unit", "Value"], ["a", None]):
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def check(context: JobContext, data: bytes) -> Plan:
    if data.startswith(b"broken"):
        raise Refused("This file can't be read.")
    if data.startswith(b"bug"):
        raise ZeroDivisionError("secret detail")
    if data.startswith(b"PK"):
        problem = Problem("Rows", 2, "Value", "", "A value is needed.")
        return Plan([Change("a", "refuse")], [problem])
    present, plan = dict(rows()), Plan()
    lines = data.decode().splitlines()
    for number, line in enumerate(lines, 1):
        context.progress(number, len(lines))
        unit, _, value = line.partition("=")
        if not value:
            plan.problems.append(Problem("Rows", number, "Value", line, "A value is needed."))
            plan.changes.append(Change(unit, "refuse"))
        elif unit in present:
            same = present[unit] == value
            fields = () if same else (("Value", present[unit], value),)
            plan.changes.append(Change(unit, "unchanged" if same else "update", fields))
        else:
            plan.changes.append(Change(unit, "create", (("Value", None, value),)))
    plan.payload = [line.partition("=")[::2] for line in lines]
    if context.params.get("write_while_checking"):
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO kernel_test_rows VALUES ('written', 'while checking')")
    return plan


def apply(context: JobContext, plan: Plan) -> None:
    slow = float(context.params.get("seconds_a_row", 0))
    with connection.cursor() as cursor:
        for done, (change, (unit, value)) in enumerate(zip(plan.changes, plan.payload, strict=True), 1):
            if change.action == "create":
                cursor.execute("INSERT INTO kernel_test_rows VALUES (%s, %s)", [unit, value])
            elif change.action == "update":
                cursor.execute("UPDATE kernel_test_rows SET value = %s WHERE unit = %s", [value, unit])
            context.progress(done, len(plan.changes))
            time.sleep(slow)
    if context.params.get("fail_at_the_end"):
        raise ZeroDivisionError("secret detail")
    if context.params.get("poison"):
        os.kill(os.getpid(), signal.SIGKILL)


def generate(context: JobContext, stream: BinaryIO) -> str:
    for unit, value in rows():
        stream.write(f"{unit}={value}\n".encode())
    return "rows.csv"


UPLOAD = UploadKind(KIND, "Rows", check, apply, accepts=(".txt", ".xlsx"), role="procurement", audience="fsp")
SEALED = UploadKind("tests.sealed", "Sealed rows", check, apply, accepts=(".txt",), sealed=True)
FILE = FileKind(KIND, "Rows file", generate, role="procurement", audience="fsp")


@contextmanager
def registered(*members) -> Iterator[None]:
    """Know the kinds above, and load these members, within the block."""
    before = registry.load_member
    register_upload(UPLOAD)
    register_upload(SEALED)
    register_file(FILE)
    register_member_loader({member.user_id: member for member in members}.get)
    try:
        yield
    finally:
        del registry.uploads[KIND], registry.uploads[SEALED.name], registry.files[KIND]
        registry.load_member = before
