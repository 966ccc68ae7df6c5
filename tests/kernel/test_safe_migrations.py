"""A migration that the check lets pass leaves the version before at work; what breaks it is objected to.

The models of this version are the old code here: none of them knows what the migrations below change.
"""

import importlib.util
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import Error, connection, migrations, models, transaction
from django.db.migrations.state import ProjectState

from accounts.models import User
from marketplace.web.models import SavedView

ROOT = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("safe_migrations", ROOT / ".ci" / "safe_migrations.py")
safe_migrations = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(safe_migrations)

Q = models.Q


def add(field: models.Field) -> migrations.AddField:
    return migrations.AddField("savedview", "colour", field)


def change(field: models.Field, name: str = "query") -> migrations.AlterField:
    return migrations.AlterField("savedview", name, field)


LETS_PASS = {
    "a column with a default of the database": add(models.CharField(max_length=9, db_default="blue")),
    "a column that may be null": add(models.CharField(max_length=9, null=True)),
    "a table": migrations.CreateModel(
        "Colour", [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(db_index=True))]
    ),
    "a column that may be null from now on": change(models.CharField(max_length=2000, null=True)),
    "a column whose values may be any": change(models.CharField(max_length=60, choices=[]), "name"),
}
BREAKS = {
    "NOT_NULL": add(models.CharField(max_length=9, default="blue")),
    "DROP_COLUMN": migrations.RemoveField("savedview", "query"),
    "RENAME_COLUMN": migrations.RenameField("savedview", "query", "asked"),
    "RENAME_TABLE": migrations.RenameModel("SavedView", "KeptView"),
    "DROP_TABLE": migrations.DeleteModel("SavedView"),
    "ADD_CONSTRAINT": migrations.AddConstraint(
        "savedview", models.CheckConstraint(condition=Q(is_default=True), name="always_default")
    ),
    "ADD_UNIQUE": migrations.AddConstraint(
        "savedview", models.UniqueConstraint(fields=["name"], name="one_of_each_name")
    ),
    "ALTER_COLUMN": change(models.CharField(max_length=3), "name"),
}
LOCKS = {
    "CREATE_INDEX": migrations.AddIndex("savedview", models.Index(fields=["name"], name="by_name")),
    "CREATE_INDEX_EXCLUSIVE": add(
        models.ForeignKey("accounts.User", models.CASCADE, null=True, related_name="+")
    ),
}


def one_migration(operation: migrations.operations.base.Operation) -> migrations.Migration:
    made = migrations.Migration("9999_tried", "web")
    made.operations = [operation]
    made.atomic = not isinstance(operation, AddIndexConcurrently)
    return made


def objected(operation: migrations.operations.base.Operation) -> set[str]:
    migration = one_migration(operation)
    with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
        migration.apply(ProjectState.from_apps(apps), editor, collect_sql=True)
    return set(safe_migrations.objections(["BEGIN;", *editor.collected_sql]))


def migrate(operation: migrations.operations.base.Operation) -> None:
    with connection.schema_editor() as editor:
        one_migration(operation).apply(ProjectState.from_apps(apps), editor)


def use_the_old_code(user: object) -> None:
    """What the pages of saved views do, by models that know nothing of the migration."""
    for name in ("Mine", "Late rounds"):
        SavedView.objects.create(user=user, listing="rounds", name=name, query="?a=1")
    SavedView.objects.create(user=user, listing="assets", name="Mine", query="?a=1")
    SavedView.objects.filter(name="Mine").update(query="?a=2")
    assert [view.query for view in SavedView.objects.filter(user=user, name="Mine")] == ["?a=2"] * 2
    SavedView.objects.filter(user=user).delete()


@pytest.mark.django_db
@pytest.mark.parametrize("operation", LETS_PASS.values(), ids=LETS_PASS)
def test_the_version_before_works_on_with_what_the_check_lets_pass(operation):
    user = User.objects.create_user("anna@north.example")
    assert objected(operation) == set()
    migrate(operation)
    use_the_old_code(user)


@pytest.mark.django_db
@pytest.mark.parametrize(("code", "operation"), BREAKS.items(), ids=BREAKS)
def test_what_the_version_before_does_not_survive_is_objected_to(code, operation):
    user = User.objects.create_user("anna@north.example")
    assert code in objected(operation)
    migrate(operation)
    with pytest.raises(Error), transaction.atomic():
        use_the_old_code(user)


@pytest.mark.django_db
@pytest.mark.parametrize(("code", "operation"), LOCKS.items(), ids=LOCKS)
def test_what_locks_a_table_while_it_is_read_is_objected_to(code, operation):
    assert code in objected(operation)


@pytest.mark.django_db(transaction=True)
def test_an_index_made_beside_the_work_passes():
    index = models.Index(fields=["name"], name="by_name")
    assert objected(AddIndexConcurrently("savedview", index)) == set()


def test_only_a_reason_lets_an_objection_pass_and_only_while_it_is_needed():
    found = {("web", "0002_colour"): {"DROP_COLUMN": "DROPPING columns", "NOT_NULL": "NOT NULL"}}
    reasons = {"web.0002_colour": {"DROP_COLUMN": "0.3 stopped reading it", "RENAME_TABLE": "?"}}
    assert list(safe_migrations.unanswered(found, reasons)) == [
        "web.0002_colour: NOT_NULL: NOT NULL",
        "web.0002_colour: the reason for RENAME_TABLE is no longer needed",
    ]


def test_what_is_new_are_the_migrations_after_the_baseline_and_all_of_a_new_app():
    keys = [("web", "0001_saved_views"), ("web", "0002_colour"), ("archive", "0001_initial")]
    assert safe_migrations.newer_than({"web": "0001_saved_views"}, keys) == keys[1:]
    assert ("settlement", "0001_statements") in safe_migrations.on_disk()
    assert ("jobs", "0001_initial") in safe_migrations.on_disk()
