"""Every kind of file × every address of a job × everybody, sealed and after: each gets exactly what asking
would need."""

from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse

from accounts.domain.viewing import LASTS, Viewing
from accounts.enums import Role
from accounts.middleware import VIEWING
from accounts.models import Member, User
from marketplace.audit.queries import open_seal
from marketplace.jobs.actions import keep_for_upload, start_file, start_marked_copy, start_upload
from marketplace.jobs.enums import State
from marketplace.jobs.kinds import MARKED_COPY, FileKind, UploadKind, registry
from marketplace.jobs.models import Job, StoredFile
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.queries import files_visible_to, jobs_visible_to
from tests.accounts import people
from tests.bidding import market as bidding
from tests.kernel import rows_kind
from tests.qualification import market as base
from tests.support.walking import BACKEND, refusals_unlogged, rendered, undone

pytestmark = pytest.mark.django_db

LOOKS = [("get", name) for name in ("job", "progress", "original", "download")]
CHANGES = [("post", name) for name in ("apply", "discard", "mark")]
ADDRESSES = LOOKS + CHANGES
OUTSIDERS_TRY = [("get", "original"), ("get", "download"), ("post", "apply")]
UPLOADS = [kind for kind in registry.uploads.values() if not kind.name.startswith("tests.")]
FILES = [
    kind
    for kind in registry.files.values()
    if not kind.name.startswith("tests.") and kind.name != MARKED_COPY
]


@dataclass(frozen=True)
class Person:
    """Somebody who opens files: of which side's organisation, with which roles, by which client."""

    name: str
    side: str
    roles: frozenset[str]
    client: Client
    member: Member | None = None
    is_insider: bool = False
    is_admin_looking_through: bool = False


@dataclass(frozen=True)
class Made:
    """A job and what opens it: the kind's own rights, and the role that finds more in it."""

    job: Job
    kind: UploadKind | FileKind
    side: str
    more_for: str = ""

    @property
    def is_sealed(self) -> bool:
        return self.job.sealed_under is not None

    @property
    def rights(self) -> tuple[object, ...]:
        """What decides who may do what with it, whatever is in it."""
        is_copy = self.job.source_id is not None
        return self.side, self.kind.role, self.more_for, self.is_sealed, self.job.upload_id is None, is_copy


def browser(user: User, viewing: Viewing | None = None) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, backend=BACKEND)
    if viewing is not None:
        session = client.session
        session[VIEWING] = viewing.to_session()
        session.save()
    return client


def crowd(of: dict[str, Member]) -> list[Person]:
    """For each side: a member for each single role, one without, one with all, a stranger with all; admins;
    nobody."""
    found = [Person("nobody", "", frozenset(), Client(raise_request_exception=False))]
    admin = User.objects.create_superuser("admin@platform.example", "a long password")
    found.append(Person("admin", "", frozenset(), browser(admin)))
    for side, first in of.items():
        for roles in ((), *((role,) for role in Role.values), tuple(Role.values)):
            member = base.member(first.organisation, roles=roles)
            name = f"{side} {'+'.join(roles) or 'no role'}"
            found.append(Person(name, side, frozenset(roles), browser(member.user), member, is_insider=True))
        stranger = base.member(
            base.operator() if side == "so" else base.provider("Elsewhere"), roles=Role.values
        )
        found.append(
            Person(f"{side} stranger", side, frozenset(Role.values), browser(stranger.user), stranger)
        )
        seen = base.member(first.organisation, roles=Role.values)
        viewer = User.objects.create_superuser(f"viewer-{side}@platform.example", "a long password")
        client = browser(viewer, Viewing(seen.user_id, bidding.AFTER + LASTS))
        found.append(
            Person(
                f"admin as {side}",
                side,
                frozenset(Role.values),
                client,
                seen,
                True,
                is_admin_looking_through=True,
            )
        )
    return found


def made(kind: UploadKind | FileKind, side: str, by: Member) -> Made:
    """A job of the kind as it stands once a worker was at it."""
    content = rows_kind.workbook()
    kept = StoredFile.objects.keep(
        "file.xlsx", content, organisation_id=by.organisation_id, now=bidding.BIDDING
    )
    start = {"by": by, "kind": kind.name, "params": {}, "now": bidding.BIDDING}
    if isinstance(kind, UploadKind):
        job = start_upload(filename=f"file{kind.accepts[0]}", data=content, **start)
        counts = {"create": 1, "update": 0, "refuse": 0, "unchanged": 0, "errors": 1, "warnings": 0}
        fields = {"state": State.CHECKED, "preview": {"counts": counts, "changes": {}, "problems": []}}
        more_for = ""
    else:
        job = start_file(**start)
        more_for = kind.more_for or ""
        fields = {"state": State.DONE, "output": kept, "finished_at": bidding.BIDDING, "needs_role": more_for}
    Job.objects.filter(pk=job.pk).update(**fields)
    return Made(Job.objects.get(pk=job.pk), kind, side, more_for)


def marked(source: Made, by: Member) -> Made:
    job = start_marked_copy(by=by, source=source.job, now=bidding.BIDDING)
    kept = StoredFile.objects.keep(
        "marked.xlsx", b"PK", organisation_id=by.organisation_id, now=bidding.BIDDING
    )
    Job.objects.filter(pk=job.pk).update(state=State.DONE, output=kept, finished_at=bidding.BIDDING)
    return Made(Job.objects.get(pk=job.pk), source.kind, source.side)


def may_open(who: Person, file: Made, is_open: bool) -> bool:
    roles_needed = {role for role in (file.kind.role, file.more_for) if role}
    return (
        who.is_insider
        and who.side == file.side
        and roles_needed <= who.roles
        and is_there(who, file, is_open)
    )


def is_there(who: Person, file: Made, is_open: bool) -> bool:
    return not (who.is_admin_looking_through and file.is_sealed and not is_open)


def expected(who: Person, file: Made, verb: str, name: str, is_open: bool) -> int:
    """The one status that this person must get."""
    if who.name == "nobody":
        return 302
    if who.is_admin_looking_through and verb == "post":
        return 403
    if not who.is_insider or who.side != file.side or not is_there(who, file, is_open):
        return 404
    if not may_open(who, file, is_open):
        return 403
    is_upload = file.job.upload_id is not None
    if name == "original":
        return 200 if is_upload else 404
    if name == "download":
        return 404 if is_upload else 200
    if name == "mark":
        return 302 if is_upload and file.kind.accepts[0] == ".xlsx" else 404
    return 302 if verb == "post" else 200


@pytest.fixture(scope="module")
def market(module_database):
    """Of every kind of file one as it stands once a worker was at it, for each side that may have it."""
    of = bidding.market()
    members = {"so": of.buyer, "fsp": of.north}
    with run_jobs_inline(), bidding.at(bidding.BIDDING):
        files = []
        for kind in (*UPLOADS, *FILES):
            for side in ("so", "fsp") if kind.audience == "any" else (kind.audience,):
                files.append(made(kind, side, members[side]))
        return members, files + [marked(each, members[each.side]) for each in files if each.job.upload_id]


@pytest.fixture
def scene(market, settings):
    settings.CACHES = people.own_cache()
    members, files = market
    with run_jobs_inline(), refusals_unlogged(), bidding.at(bidding.BIDDING):
        yield crowd(members), files


def concerned(everybody: list[Person], file: Made, place: int) -> list[Person]:
    """Whom the file is tried with over HTTP: nobody, the admin, a stranger, the other side of the market, and of its own
    side who holds every role, each that is needed, and one of those who hold none of them, another for each file.

    What everybody's queries find is looked at for every single role in a test of its own.
    """
    every_role = frozenset(Role.values)
    needed = {role for role in (file.kind.role, file.more_for) if role}
    other = next(who for who in everybody if who.side not in ("", file.side) and who.roles == every_role)
    own = [who for who in everybody if who.side in ("", file.side)]
    single = [who for who in own if who.is_insider and len(who.roles) <= 1]
    without = [who for who in single if not (who.roles & needed)]
    return [
        other,
        *(who for who in own if who not in single or who.roles & needed),
        *(without[place % len(without) :][:1] if without else ()),
    ]


def tried(who: Person, file: Made, place: int, is_open: bool, is_first: bool) -> list[tuple[str, str]]:
    """The addresses at which somebody tries a file: all of the first with its rights, and who holds every role all where
    it opens.

    The others try a further one with the same rights by one look and by one change, others for each file and person.
    """
    if not who.is_insider:
        return OUTSIDERS_TRY if is_first else [OUTSIDERS_TRY[place % len(OUTSIDERS_TRY)]]
    holds_all = who.roles == frozenset(Role.values)
    if is_first or (holds_all and not who.is_admin_looking_through and may_open(who, file, is_open)):
        return ADDRESSES
    return [LOOKS[place % len(LOOKS)], CHANGES[place % len(CHANGES)]]


def open_seals(files: list[Made]) -> None:
    for file in files:
        if file.is_sealed:
            open_seal(file.job.sealed_under, bidding.AFTER)


def answered(who: Person, verb: str, url: str) -> int:
    with undone(), rendered(is_read=False):
        return getattr(who.client, verb)(url).status_code


def test_there_are_kinds_of_every_sort():
    assert {kind.audience for kind in UPLOADS} == {"so", "fsp", "any"}
    assert {kind.sealed for kind in FILES} == {True, False}
    assert {"bidding.history"} == {kind.name for kind in FILES if kind.more_for}


@pytest.mark.slow
@pytest.mark.parametrize("is_open", [False, True], ids=["while sealed", "after the seal opened"])
def test_everybody_gets_of_every_file_what_asking_for_it_needs(scene, is_open):
    everybody, files = scene
    if is_open:
        open_seals(files)
        files = [file for file in files if file.is_sealed]
    wrong, met = {}, set()
    with bidding.at(bidding.AFTER if is_open else bidding.BIDDING):
        for place, file in enumerate(files):
            is_first = file.rights not in met
            met.add(file.rights)
            for number, who in enumerate(concerned(everybody, file, place)):
                for verb, name in tried(who, file, place + number, is_open, is_first):
                    got = answered(who, verb, reverse(f"jobs:{name}", args=[file.job.pk]))
                    due = expected(who, file, verb, name, is_open)
                    if got != due:
                        wrong[file.job.kind, file.side, who.name, name] = (got, due)
    assert wrong == {}


@pytest.mark.parametrize("is_open", [False, True], ids=["while sealed", "after the seal opened"])
def test_lists_and_queries_show_each_exactly_the_files_that_open(scene, is_open):
    everybody, files = scene
    if is_open:
        open_seals(files)
    with bidding.at(bidding.AFTER if is_open else bidding.BIDDING):
        for who in everybody:
            if who.member is None:
                continue
            due = {file.job for file in files if may_open(who, file, is_open)}
            listed, page = set(), 1
            while True:
                shown = who.client.get(reverse("jobs:history"), {"page": page}).context["listing"]
                listed |= set(shown.records)
                if not shown.page.has_next():
                    break
                page += 1
            assert listed == due, who.name
            who.member.is_seen_by_admin = who.is_admin_looking_through
            assert set(jobs_visible_to(who.member)) == due, who.name
            owned = {file.pk for job in due for file in (job.upload, job.output) if file}
            assert set(files_visible_to(who.member).values_list("pk", flat=True)) == owned, who.name


def test_the_admin_pages_list_no_file_under_a_seal_and_open_none(scene):
    everybody, files = scene
    admin = next(who for who in everybody if who.name == "admin")
    page = reverse("admin:jobs_job_changelist")
    for is_open in (False, True):
        if is_open:
            open_seals(files)
        shown = {file.job.pk for file in files if is_open or not file.is_sealed}
        listed = set(
            admin.client.get(page, {"all": ""}).context["cl"].result_list.values_list("pk", flat=True)
        )
        assert listed == shown
        for file in files:
            if is_open and not file.is_sealed:
                continue  # shown before
            status = admin.client.get(reverse("admin:jobs_job_change", args=[file.job.pk])).status_code
            assert (status == 200) == (file.job.pk in shown), file.job.kind


def test_a_file_kept_for_a_kind_opens_to_who_may_use_that_kind(scene):
    everybody, _ = scene
    owner = next(who.member for who in everybody if who.name == f"so {'+'.join(Role.values)}")
    kept = [
        keep_for_upload(
            by=owner, kind="competitions.areas", filename="a.kml", data=b"<kml/>", now=bidding.BIDDING
        ),
        StoredFile.objects.keep(
            "d.csv",
            b"x",
            organisation_id=owner.organisation_id,
            now=bidding.BIDDING,
            kept_for="competitions.demand_series",
        ),
    ]
    paper = StoredFile.objects.keep(
        "contract.pdf", b"%PDF", organisation_id=owner.organisation_id, now=bidding.BIDDING
    )
    for who in everybody:
        if who.member is None:
            continue
        who.member.is_seen_by_admin = who.is_admin_looking_through
        seen = set(files_visible_to(who.member).filter(pk__in=[paper.pk, *(each.pk for each in kept)]))
        plans = who.is_insider and who.side == "so" and Role.PROCUREMENT in who.roles
        assert seen == (set(kept) if plans and not who.is_admin_looking_through else set()), who.name
