"""A query whose text is kept finds what it would have found, and keeps nobody's key."""

import uuid
from copy import copy
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.db.backends.signals import connection_created

from accounts.domain.clients import digest_of
from accounts.domain.tokens import LOADED
from accounts.enums import Role
from accounts.models import ApiToken, Member, Organisation, User
from marketplace import clock, prepared
from marketplace.jobs.models import Job
from marketplace.notifications.models import Notification
from marketplace.prepared import NotNamed, asked, loaded
from qualification.models import Requalification
from tests.accounts import people
from tests.api.programs import Program

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def none_kept(monkeypatch):
    monkeypatch.setattr(prepared, "_kept", {})


def _named(key):
    return asked(
        "test.named",
        Organisation,
        lambda: list(Organisation.objects.filter(pk=key).values_list("name")),
        whose=None,
        own=key,
    )


def test_the_same_text_finds_each_time_what_belongs_to_the_key_that_is_given():
    first, second = people.provider("NORTH").organisation, people.provider("SOUTH").organisation
    assert _named(first.pk) == [(first.name,)]
    assert _named(second.pk) == [(second.name,)]
    assert first.name != second.name


def test_the_text_is_built_once(django_assert_num_queries):
    built = []

    def name_of(key):
        asking = Organisation.objects.filter(pk=key).values_list("name")
        return asked("test.once", Organisation, lambda: built.append(list(asking)), whose=None, own=key)

    for _ in range(3):
        with django_assert_num_queries(1):
            name_of(uuid.uuid4())
    assert len(built) == 1


@pytest.fixture
def types_are_read():
    """A new connection asks for types of its own, as for columns that hold them."""

    def read(connection, **_):
        with connection.cursor() as cursor:
            cursor.execute("SELECT oid FROM pg_type WHERE typname = %s", ["hstore"])

    connection_created.connect(read)
    yield
    connection_created.disconnect(read)


@pytest.mark.django_db(transaction=True)
def test_the_first_query_of_a_connection_is_kept_though_the_connection_asks_for_more(types_are_read):
    connection.close()
    assert _named(uuid.uuid4()) == []


@pytest.mark.django_db(transaction=True)
def test_a_query_is_kept_though_its_connection_was_lost_since_the_last_request(types_are_read):
    connection.ensure_connection()
    connection.connection.close()  # as a restart of the database leaves it
    connection.health_check_enabled, connection.health_check_done = True, False
    assert _named(uuid.uuid4()) == []


def test_who_may_see_more_or_less_has_a_text_of_their_own():
    full = people.provider()
    fewer, watched = copy(full), copy(full)
    fewer.roles = [Role.PROCUREMENT]
    watched.is_seen_by_admin = True

    def number(member) -> int:
        rows = Organisation.objects.filter(pk=full.organisation_id)
        sees = member.holds(Role.BIDS) and not member.is_seen_by_admin
        shown = rows if sees else rows.filter(name="")
        [[found]] = asked(
            "test.sees", Organisation, lambda: shown.count(), whose=member, own=full.organisation_id
        )
        return found

    assert [number(each) for each in (full, fewer, watched, full)] == [1, 0, 0, 1]


@pytest.mark.parametrize("unnamed", [uuid.UUID(int=7), "a text that is as long as a key", 43])
def test_a_key_that_is_not_named_is_refused(unnamed):
    own = uuid.uuid4()
    field = (
        "name" if isinstance(unnamed, str) else "seats" if isinstance(unnamed, int) else "competitions__pk"
    )
    with pytest.raises(NotNamed):
        asked(
            "test.unnamed",
            Organisation,
            lambda: Organisation.objects.filter(pk=own, **{field: unnamed}).exists(),
            whose=None,
            own=own,
        )


def test_a_number_that_stands_twice_is_refused_since_one_may_be_there_by_chance():
    with pytest.raises(NotNamed, match="more than once"):
        asked(
            "test.twice",
            Organisation,
            lambda: Organisation.objects.filter(
                seats=12, second_factor_required=False, members__pk=12
            ).exists(),
            whose=None,
            own=12,
        )


def test_a_list_that_stands_twice_is_refused_since_no_keys_may_be_there_by_chance():
    with pytest.raises(NotNamed, match="more than once"):
        asked(
            "test.no_keys",
            Requalification,
            lambda: Requalification.objects.filter(asset_ids=[], provider__among=[]).exists(),
            whose=None,
            keys=[],
        )


def test_a_row_is_loaded_as_by_the_manager_with_what_its_key_leads_to(django_assert_num_queries):
    first, second = people.provider("NORTH"), people.operator("SOUTH")
    for member in (first, second):
        with django_assert_num_queries(1):
            found = loaded(Member, "organisation", user=member.user_id)
            assert found.organisation.name == member.organisation.name
        stored = Member.objects.select_related("organisation").get(pk=member.pk)
        for one, other in ((found, stored), (found.organisation, stored.organisation)):
            columns = [each.attname for each in one._meta.concrete_fields]
            assert {each: getattr(one, each) for each in columns} == {
                each: getattr(other, each) for each in columns
            }
    assert loaded(Member, user=-1) is None


def test_the_rows_that_keys_of_loaded_rows_lead_to_come_in_the_same_query(django_assert_num_queries):
    with clock.set_to(datetime(2026, 1, 1, tzinfo=UTC)):
        program = Program(people.provider("NORTH"))
        Program(people.provider("SOUTH"))
    with django_assert_num_queries(1):
        found = loaded(ApiToken, *LOADED, digest=digest_of(program.token))
        assert found.client == program.client
        assert found.client.member == program.client.member
        assert found.client.member.organisation.name == program.client.member.organisation.name
        assert found.client.member.user.email == program.client.member.user.email


def test_a_key_that_may_lead_to_nothing_is_followed_by_nobody():
    with pytest.raises(NotImplementedError, match="source may lead to nothing"):
        loaded(Job, "source", id=uuid.uuid4())


def test_a_user_is_found_by_the_key_as_by_any_other_query(django_assert_num_queries):
    first, second = people.provider("NORTH").user, people.provider("SOUTH").user
    with django_assert_num_queries(1):
        assert User.objects.get(pk=second.pk) == second
    assert User.objects.get(pk=first.pk, email=first.email) == first
    for found in ({"pk": -1}, {"pk": first.pk, "email": second.email}):
        with pytest.raises(User.DoesNotExist):
            User.objects.get(**found)
    with pytest.raises(User.DoesNotExist):
        Group.objects.create(name="Nobody").user_set.get(pk=first.pk)


def test_a_row_that_is_loaded_can_be_changed_and_saved():
    found = loaded(Organisation, id=people.provider().organisation_id)
    found.contact_name = "Ruth Milburn"
    found.save()
    assert Organisation.objects.get().contact_name == "Ruth Milburn"


def test_only_by_a_unique_column_and_as_postgresql_tells_it():
    with pytest.raises(NotImplementedError, match="organisation is not unique"):
        loaded(Member, organisation=uuid.uuid4())
    with pytest.raises(NotImplementedError, match="not as PostgreSQL tells it"):
        loaded(Notification, id=uuid.uuid4())


def test_a_list_of_keys_may_be_of_any_length():
    north, south = people.provider("NORTH").organisation, people.provider("SOUTH").organisation

    def names(*keys) -> list[tuple[str]]:
        def ask() -> None:
            list(Organisation.objects.filter(pk__among=list(keys)).order_by("name").values_list("name"))

        return asked("test.among", Organisation, ask, whose=None, keys=list(keys))

    assert names(north.pk) == [(north.name,)]
    assert names(south.pk, north.pk, uuid.uuid4()) == sorted([(north.name,), (south.name,)])
    assert names() == []


def test_a_foreign_key_is_among_keys():
    member = people.provider()
    assert list(Member.objects.filter(organisation__among=[member.organisation_id])) == [member]
    assert not Member.objects.filter(organisation__among=[uuid.uuid4()]).exists()


def test_an_array_shares_a_key_with_a_list():
    provider, first, second = people.provider().organisation, uuid.uuid4(), uuid.uuid4()
    waiting = Requalification.objects.create(
        provider=provider, asset_ids=[first, second], requested_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert list(Requalification.objects.filter(asset_ids__shares=[second, uuid.uuid4()])) == [waiting]
    assert not Requalification.objects.filter(asset_ids__shares=[uuid.uuid4()]).exists()
    assert not Requalification.objects.filter(asset_ids__shares=[]).exists()
