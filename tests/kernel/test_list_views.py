"""How a list is shown: exclusive views, columns, totals, ticked rows, and views that people save under a
name."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import reverse

from accounts.models import Organisation, User
from marketplace.errors import Refused
from marketplace.web.lists import Chip, Column, List, NumberColumn, SelectColumn, list_page
from marketplace.web.saved_views import MOST_VIEWS, save_view, views_of
from marketplace.web.ticks import ticked
from tests.qualification.market import provider

RIVERS = [
    {"pk": number, "name": name, "km": km, "verbs": verbs}
    for number, name, km, verbs in ((1, "Tees", 137, ["dam"]), (2, "Wear", 96, []), (3, "Tyne", 118, ["dam"]))
]


class Streams(List):
    caption, nouns, per_page, file_name = "Streams", ("river", "rivers"), 2, "streams"

    select = SelectColumn(
        form="chosen",
        field="rivers",
        box="box",
        accessor="pk",
        label="name",
        amount="km",
        unit="km",
        verbs="verbs",
    )
    name = Column("River", accessor="name", sort="name")
    km = NumberColumn("Length", accessor="km")
    source = Column("Source", text=lambda each: f"source of {each['name']}")
    mouth = Column("Mouth", text=lambda each: "North Sea", hidden=True)


def asked(query="", **options):
    request = RequestFactory().get(f"/rivers/{query}")
    request.user = options.pop("user", AnonymousUser())
    return Streams(RIVERS, request=request, **options)


def drawn(text, listing, **context):
    shown = Template("{% load lists %}" + text).render(
        Context({"listing": listing, "request": listing.request} | context)
    )
    return re.sub(r"\s+", " ", shown)


LIST = '{% list each in listing %}{% cell "source" %}moor{% cell "mouth" %}sea{% endlist %}'


def heads(listing):
    return re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([A-Z]\w+)', drawn(LIST, listing))


def test_a_column_that_comes_hidden_shows_when_the_address_asks_for_it():
    assert heads(asked()) == ["River", "Length", "Source"]
    assert heads(asked("?cols=-&cols=mouth")) == ["River", "Mouth"]


def test_the_file_holds_the_columns_that_are_shown():
    lines = asked("?cols=-&cols=mouth&download=csv").download().content.decode("utf-8-sig").splitlines()
    assert lines == ["River,Mouth", "Tees,North Sea", "Wear,North Sea", "Tyne,North Sea"]
    lines = asked("?download=csv").download().content.decode("utf-8-sig").splitlines()
    assert lines[:2] == ["River,Length,Source", "Tees,137,source of Tees"]


def test_the_first_of_the_exclusive_views_shows_when_the_address_names_none():
    chips = [Chip("long", "Long", 2), Chip("short", "Short", 1)]
    line = "{% list_filters listing %}"
    shown = drawn(line, asked(chips=chips))
    assert re.findall(r'<a href="([^"]*)" aria-current="true">(\w+) <span class="n">(\d)', shown) == [
        ("?show=long", "Long", "2")
    ]
    shown = drawn(line, asked("?show=short&page=2&sort=name", chips=chips))
    assert '<a href="?show=short&amp;sort=name" aria-current="true">Short' in shown


def test_totals_stand_under_their_columns_beside_how_many_rows_match():
    shown = drawn(LIST, asked(totals={"km": "351"}))
    foot = re.search(r"<tfoot>(.*)</tfoot>", shown)[1]
    assert re.findall(r">([^<]*)</t[hd]>", foot) == ["", "3 rivers", "351", ""]


def test_the_bar_for_ticked_rows_holds_what_can_be_done_and_offers_all_that_match():
    text = LIST.replace("{% endlist %}", '{% bulk %}<button data-verb="dam">Dam</button>{% endlist %}')
    shown = drawn(text, asked("?show=x"), csrf_token="token")
    assert '<form class="bulk" id="chosen" method="post" data-bulk=".box" data-unit="km"' in shown
    assert 'name="matching" value="show=x"' in shown
    assert 'name="every" value="1"> all 3 that match' in shown
    assert re.findall(r'data-amount="(\d+)" data-verbs="(\w*)"', shown) == [("137", "dam"), ("96", "")]


def test_what_was_ticked_is_found_among_ones_own_rows_only(db):
    own, other = provider("Own"), provider("Other")

    def chosen(**posted) -> QuerySet:
        found = ticked(RequestFactory().post("/", posted), "companies")
        rows = Organisation.objects.filter(pk=own.pk)
        return list(found.of(rows, lambda query: rows.filter(name=query["name"])))

    assert chosen(companies=[str(own.pk), str(other.pk), "no id"]) == [own]
    assert chosen(every="1", matching="name=Own") == [own]
    assert chosen(every="1", matching="name=Other") == []
    assert chosen() == []


@pytest.fixture
def user(db):
    return User.objects.create_user("walker@rivers.example", "a long password")


def test_a_saved_view_is_its_owner_s_alone_and_the_same_name_replaces_it(user):
    stranger = User.objects.create_user("other@rivers.example", "a long password")
    save_view(user=user, listing="Streams", name=" Long  ones ", query="show=long", is_default=False)
    save_view(user=user, listing="Streams", name="Long ones", query="show=longer", is_default=True)
    assert [(each.name, each.query, each.is_default) for each in views_of(user, "Streams")] == [
        ("Long ones", "show=longer", True)
    ]
    assert (
        views_of(stranger, "Streams") == views_of(AnonymousUser(), "Streams") == views_of(user, "Lakes") == []
    )


def test_a_list_opens_with_one_view_and_not_when_the_address_asks_for_something(user):
    for name in ("One", "Two"):
        save_view(user=user, listing="Streams", name=name, query=f"show={name}", is_default=True)
    answer = list_page(asked(user=user).request, "", asked(user=user), {})
    assert (answer.status_code, answer["Location"]) == (302, "/rivers/?show=Two")
    listing = asked("?view=all", user=user)
    assert list_page(listing.request, "400.html", listing, {}).status_code == 200


def test_there_is_a_bound_to_views_and_a_name_is_needed(user):
    for number in range(MOST_VIEWS):
        save_view(user=user, listing="Streams", name=str(number), query="", is_default=False)
    with pytest.raises(Refused, match="Delete one first"):
        save_view(user=user, listing="Streams", name="one more", query="", is_default=False)
    with pytest.raises(Refused, match="Give the view a name"):
        save_view(user=user, listing="Lakes", name="  ", query="", is_default=False)


def test_people_save_and_delete_views_on_pages_of_ours_only(user, client):
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    sent = {"listing": "Streams", "name": "Mine", "query": "show=long", "path": "/rivers/"}
    assert client.post(reverse("views:save"), sent)["Location"] == "/rivers/?show=long"
    (view,) = views_of(user, "Streams")
    client.post(reverse("views:save"), sent | {"listing": "Nothing"})
    assert views_of(user, "Nothing") == []
    for path in ("https://elsewhere.example/x", "//elsewhere.example", "elsewhere"):
        assert client.post(reverse("views:save"), sent | {"path": path})["Location"].startswith("/")
        assert (
            "elsewhere.example" not in client.post(reverse("views:save"), sent | {"path": path})["Location"]
        )
    assert client.post(reverse("views:delete", args=[view.pk]), {"path": "/rivers/"}).status_code == 302
    assert views_of(user, "Streams") == []


class _Narrowed:
    """A filter of the rivers, as a list sees it."""

    def __init__(self, **cleaned):
        self.form = self
        self.cleaned_data = cleaned

    def is_valid(self):
        return True


@pytest.mark.parametrize(
    ("narrowed", "count"),
    [({"show": ""}, 30), ({"show": "dams"}, 20), ({"show": "none"}, 3), ({"show": "dams", "q": "Tees"}, 3)],
)
def test_a_chip_tells_how_many_rows_there_are_where_nothing_else_narrows_them(narrowed, count):
    chips = [Chip("", "All", 30), Chip("dams", "With a dam", 20)]
    listing = asked(chips=chips, narrowed_by=_Narrowed(**narrowed))
    assert listing.count == count


def test_a_column_draws_its_cells_itself_unless_the_page_does():
    class Drawn(Streams):
        km = NumberColumn("Length", accessor="km", draw=lambda each: f"<i>{each['km']}</i>")

    request = RequestFactory().get("/rivers/")
    listing = Drawn(RIVERS, request=request)
    assert ">137</td>" in drawn(LIST, Streams(RIVERS, request=request))
    assert "<i>137</i>" in drawn(LIST, listing)
    assert "<i>" not in drawn(LIST.replace("{% endlist %}", '{% cell "km" %}long{% endlist %}'), listing)
