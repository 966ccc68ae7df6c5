import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from marketplace.audit import publication, segments, verification
from marketplace.audit.canonical import COVERED, canonical_fields
from marketplace.audit.chain import Event, digest_of, lock_chains, record, record_in_chains, record_many
from marketplace.audit.models import AuditEntry, ChainHead, OpenedSeal
from marketplace.audit.queries import entries_for_admins, entries_visible_to, is_open, open_seal
from marketplace.audit.verification import verify
from marketplace.canonical_json import canonical_json, text_of
from tests.kernel.people import Member
from tests.support.log import actor_of

NOON = datetime(2026, 4, 5, 12, tzinfo=UTC)
SUBJECT = OpenedSeal(id=uuid.UUID(int=7), opened_at=NOON)

pytestmark = pytest.mark.django_db


def write(
    count: int, *, by: Member | None = None, organisation_id: uuid.UUID | None = None, **more
) -> list[AuditEntry]:
    return record_many(
        by.organisation_id if by else organisation_id,
        by,
        [
            Event(f"step {number}", SUBJECT, {"number": (number, number + 1)}, **more)
            for number in range(count)
        ],
        NOON,
    )


def tamper(sql: str, *values: object) -> None:
    """Change the log as one could who owns the database: past its guard."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER audit_entries_stay")
        cursor.execute(sql, values)
        cursor.execute("ALTER TABLE audit_auditentry ENABLE TRIGGER audit_entries_stay")


def test_an_entry_says_who_did_what_to_which_object_and_how_it_changed():
    member = Member()
    entry = record(
        organisation_id=member.organisation_id,
        by=member,
        action="window changed",
        subject=SUBJECT,
        changes={
            "capacity": (Decimal("1.50"), Decimal("2")),
            "on": (None, date(2026, 4, 5)),
            "days": ({2, 1}, []),
        },
        now=NOON,
    )
    entry.refresh_from_db()
    assert (entry.actor_user_id, actor_of(entry)) == (member.user_id, member.email)
    assert entry.actor_organisation_id == entry.organisation_id == member.organisation_id
    assert (entry.subject_type, entry.subject_id, entry.at) == ("audit.openedseal", str(SUBJECT.pk), NOON)
    assert entry.changes == {"capacity": ["1.50", "2"], "on": [None, "2026-04-05"], "days": [[1, 2], []]}


def test_each_organisation_has_a_chain_of_its_own():
    one, other = Member(), Member()
    first, second = write(2, by=one)
    (elsewhere,) = write(1, by=other)
    (third,) = write(1, by=one)
    assert [each.sequence for each in (first, second, third)] == [1, 2, 3]
    assert (first.previous_digest, second.previous_digest) == ("", first.digest)
    assert third.previous_digest == second.digest
    assert (elsewhere.sequence, elsewhere.previous_digest) == (1, "")


def test_the_platform_itself_has_one_chain():
    write(1)
    write(1)
    assert [
        each.sequence for each in AuditEntry.objects.filter(organisation_id=None).order_by("sequence")
    ] == [1, 2]
    assert ChainHead.objects.get(organisation_id=None).count == 2


def test_the_digest_covers_every_field_but_itself():
    (entry,) = write(1, by=Member())
    other = {
        "id": uuid.uuid4(),
        "organisation_id": uuid.uuid4(),
        "sequence": 2,
        "at": NOON + timedelta(microseconds=1),
        "actor_user_id": 1,
        "actor_email": "x",
        "actor_organisation_id": uuid.uuid4(),
        "action": "x",
        "subject_type": "x",
        "subject_id": "x",
        "subject_label": "x",
        "changes": {},
        "sealed_under": uuid.uuid4(),
        "previous_digest": "x",
    }
    assert set(other) | {"digest"} == {field.attname for field in AuditEntry._meta.concrete_fields}
    for name, value in other.items():
        before = getattr(entry, name)
        setattr(entry, name, value)
        assert digest_of(entry) != entry.digest, f"{name} is not covered"
        setattr(entry, name, before)
    assert digest_of(entry) == entry.digest


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.text()
    | st.decimals()
    | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(before=values, after=values)
def test_what_is_read_back_has_the_digest_of_what_was_written(before, after):
    entry = record(
        organisation_id=None,
        by=None,
        action="x",
        subject=SUBJECT,
        changes={"field": (before, after)},
        now=NOON,
    )
    entry.refresh_from_db()
    assert digest_of(entry) == entry.digest


@given(texts=st.lists(st.text(), min_size=5, max_size=5), changes=values, number=st.integers(1, 10**12))
def test_the_canonical_form_is_plain_sorted_json(texts, changes, number):
    fields = dict.fromkeys(COVERED) | dict(
        zip(("action", "actor_email", "subject_id", "digest", "id"), texts, strict=True)
    )
    fields |= {
        "sequence": number,
        "at": NOON,
        "organisation_id": uuid.UUID(int=5),
        "changes": {"x": [changes, None]},
    }
    del fields["digest"]
    plain = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=text_of)
    assert canonical_fields(fields) == canonical_json(fields) == plain


def test_a_log_rewritten_to_its_end_is_found_by_the_digest_that_was_published():
    member = Member()
    write(6, by=member)
    publication.publish_heads(NOON)
    tamper("DELETE FROM audit_auditentry WHERE sequence = 6")
    tamper(
        "UPDATE audit_chainhead SET count = 5, digest = (SELECT digest FROM audit_auditentry WHERE sequence = 5)"
    )
    [found] = verify()
    assert (found.organisation_id, found.sequence) == (member.organisation_id, 6)
    assert "published for 2026-04-05" in found.reason


def test_published_heads_that_were_rewritten_no_longer_give_the_published_digest():
    write(2, by=Member())
    published = publication.publish_heads(NOON)
    published.heads = {name: [count, "0" * 64] for name, (count, _) in published.heads.items()}
    published.save()
    [found] = verify()
    assert "not that of the recorded heads" in found.reason


@pytest.mark.parametrize("broken_at", [1, 1000, 1001, 2500])
def test_a_long_chain_walked_in_stretches_breaks_at_the_same_entry(monkeypatch, broken_at):
    monkeypatch.setattr(verification, "SEGMENT_ROWS", 1000)
    write(2500, by=Member())
    assert list(verify()) == []
    tamper("UPDATE audit_auditentry SET previous_digest = %s WHERE sequence = %s", "f" * 64, broken_at)
    [found] = verify()
    assert found.sequence == broken_at
    tamper("DELETE FROM audit_auditentry WHERE sequence = %s", broken_at)
    [found] = verify()
    assert (found.sequence, "removed" in found.reason) == (broken_at, True)


def test_a_stretch_that_belongs_elsewhere_is_found_where_it_begins(monkeypatch):
    """Somebody forges the second half of a chain, consistent in itself."""
    monkeypatch.setattr(verification, "SEGMENT_ROWS", 3)
    entries = write(6, by=Member())
    previous = "0" * 64
    for entry in entries[3:]:
        entry.previous_digest, entry.digest = previous, ""
        entry.digest = previous = digest_of(entry)
        tamper(
            "UPDATE audit_auditentry SET previous_digest = %s, digest = %s WHERE id = %s",
            entry.previous_digest,
            entry.digest,
            str(entry.pk),
        )
    [found] = verify()
    assert (found.sequence, found.entry_id) == (4, entries[3].pk)
    assert "does not follow" in found.reason


@pytest.mark.django_db(transaction=True)
def test_several_processes_prove_what_one_does(monkeypatch):
    monkeypatch.setattr(verification, "SEGMENT_ROWS", 40)
    monkeypatch.setattr(verification, "PARALLEL_FROM", 1)
    members = [Member(), Member()]
    for member in members:
        write(100, by=member)
    write(30)
    assert list(verify()) == []
    tamper(
        "UPDATE audit_auditentry SET subject_label = 'x' WHERE sequence = 77 AND organisation_id IS NOT NULL"
    )
    broken = {(member.organisation_id, 77) for member in members}
    assert {(each.organisation_id, each.sequence) for each in verify()} == broken
    monkeypatch.setattr(segments, "ProcessPoolExecutor", lambda number, **_: ThreadPoolExecutor(number))
    assert {(each.organisation_id, each.sequence) for each in verify()} == broken, "the same walks in threads"


def test_an_undone_action_leaves_no_entry():
    member = Member()
    write(1, by=member)
    with transaction.atomic():
        write(3, by=member)
        transaction.set_rollback(True)
    assert AuditEntry.objects.filter(organisation_id=member.organisation_id).count() == 1
    assert list(verify()) == []


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_auditentry SET action = 'x'", "DELETE FROM audit_auditentry"]
)
def test_the_database_refuses_to_change_or_remove_an_entry(statement):
    write(1)
    with (
        pytest.raises(DatabaseError, match="never changed or removed"),
        transaction.atomic(),
        connection.cursor() as c,
    ):
        c.execute(statement)
    assert AuditEntry.objects.get().action == "step 0"


def test_untouched_chains_are_proven(capsys):
    write(2500, by=Member())
    write(3)
    call_command("verify_audit")
    assert "2503 entries in 2 chains: all hold." in capsys.readouterr().out


TAMPERED = {
    "edited": ("UPDATE audit_auditentry SET changes = '{}' WHERE sequence = 3", 3, "changed after"),
    "edited with a fresh digest": ("", 4, "does not follow"),
    "removed": ("DELETE FROM audit_auditentry WHERE sequence = 3", 3, "removed"),
    "first removed": ("DELETE FROM audit_auditentry WHERE sequence = 1", 1, "removed"),
    "swapped": (
        "UPDATE audit_auditentry SET sequence = 7 - sequence WHERE sequence IN (3, 4)",
        3,
        "changed after",
    ),
    "tail cut": ("DELETE FROM audit_auditentry WHERE sequence > 4", 5, "removed, and all after"),
    "all removed": ("DELETE FROM audit_auditentry", 1, "removed, and all after"),
    "head moved back": ("UPDATE audit_chainhead SET count = 5", 5, "ends with another"),
    "head removed": ("DELETE FROM audit_chainhead", 1, "beyond"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_tampering_is_found_and_the_first_broken_entry_named(what):
    sql, broken_at, reason = TAMPERED[what]
    member = Member()
    entries = write(6, by=member)
    if sql:
        if "7 - sequence" in sql:
            tamper("UPDATE audit_auditentry SET sequence = 99 WHERE sequence = 3")
            tamper("UPDATE audit_auditentry SET sequence = 3 WHERE sequence = 4")
            sql = "UPDATE audit_auditentry SET sequence = 4 WHERE sequence = 99"
        tamper(sql)
    else:
        entries[2].action = "something else"
        tamper(
            "UPDATE audit_auditentry SET action = %s, digest = %s WHERE sequence = 3",
            "something else",
            digest_of(entries[2]),
        )
    (found,) = verify()
    assert (found.organisation_id, found.sequence) == (member.organisation_id, broken_at)
    assert reason in found.reason
    with pytest.raises(CommandError, match=f"entry {broken_at}") as error:
        call_command("verify_audit")
    assert error.value.returncode == 1


def test_a_break_in_one_chain_leaves_the_others_proven():
    one, other = Member(), Member()
    write(2, by=one)
    write(2, by=other)
    tamper(
        "UPDATE audit_auditentry SET action = 'x' WHERE organisation_id = %s AND sequence = 2",
        other.organisation_id,
    )
    assert [(each.organisation_id, each.sequence) for each in verify()] == [(other.organisation_id, 2)]


def test_members_see_their_own_organisations_entries_only():
    one, other = Member(), Member()
    own = write(2, by=one, sealed_under=uuid.uuid4())
    write(1, by=other)
    write(1)
    assert [each.pk for each in entries_visible_to(one)] == [own[1].pk, own[0].pk]
    assert not entries_visible_to(None).exists()


def test_admins_see_sealed_entries_only_once_the_seal_is_open():
    seal, still_closed = uuid.uuid4(), uuid.uuid4()
    (plain,) = write(1, by=Member())
    (sealed,) = write(1, by=Member(), sealed_under=seal)
    write(1, by=Member(), sealed_under=still_closed)
    assert {each.pk for each in entries_for_admins()} == {plain.pk}
    open_seal(seal, NOON)
    open_seal(seal, NOON + timedelta(days=1))
    assert {each.pk for each in entries_for_admins()} == {plain.pk, sealed.pk}
    assert OpenedSeal.objects.get().opened_at == NOON
    assert (is_open(seal), is_open(still_closed)) == (True, False)


def test_a_bulk_record_takes_the_same_queries_however_many_entries(django_assert_num_queries):
    member = Member()
    write(1, by=member)
    for count in (1, 1000):
        with django_assert_num_queries(4):
            write(count, by=member)


def test_entries_of_many_chains_are_tied_each_to_its_own_in_the_same_queries(django_assert_num_queries):
    one, other, third = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    by = Member()
    lock_chains([third, one, other])
    record(organisation_id=other, by=by, action="first", subject=SUBJECT, changes={}, now=NOON)
    entries = {each: [Event("second", SUBJECT), Event("third", SUBJECT)] for each in (one, other)}
    with django_assert_num_queries(5):
        record_in_chains(entries, by, NOON)
    with django_assert_num_queries(5):
        record_in_chains({third: [Event("second", SUBJECT)]}, by, NOON)
    told = AuditEntry.objects.order_by("organisation_id", "sequence")
    assert {
        each: [(entry.sequence, entry.action) for entry in told if entry.organisation_id == each]
        for each in (one, other, third)
    } == {
        one: [(1, "second"), (2, "third")],
        other: [(1, "first"), (2, "second"), (3, "third")],
        third: [(1, "second")],
    }
    assert [each.count for each in ChainHead.objects.order_by("count")] == [1, 2, 3]
    assert list(verify()) == []
