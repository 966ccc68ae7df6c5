"""Jobs and the files they read and make. Members are known by id: the kernel knows no accounts."""

import hashlib
import re
import uuid
from datetime import datetime
from functools import partial
from pathlib import PurePath
from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import Q

from marketplace import request_ids
from marketplace.errors import Refused
from marketplace.jobs import object_storage
from marketplace.jobs.enums import FINISHED, UNFINISHED, Place, State
from marketplace.numbers import count_text

CONTENT_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".geojson": "application/geo+json",
    ".gpkg": "application/geopackage+sqlite3",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".kml": "application/vnd.google-earth.kml+xml",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}


class StoredFiles(models.QuerySet["StoredFile"]):
    """Files whose objects go with them."""

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete the rows, and their objects once that is committed."""
        with transaction.atomic():
            elsewhere = self._elsewhere()
            deleted = super().delete()
            _remove_objects(elsewhere)
        return deleted

    def forget(self, now: datetime) -> None:
        """Remove the bytes of these files; their names, sizes and digests stay."""
        with transaction.atomic():
            elsewhere = self._elsewhere()
            self.filter(removed_at=None).update(content=b"", place=Place.DATABASE, removed_at=now)
            _remove_objects(elsewhere)

    def _elsewhere(self) -> list[uuid.UUID]:
        return list(self.filter(place=Place.OBJECTS).order_by().values_list("pk", flat=True))


def _remove_objects(file_ids: list[uuid.UUID]) -> None:
    for each in file_ids:
        transaction.on_commit(partial(object_storage.remove, each))


class StoredFileManager(models.Manager["StoredFile"]):
    def get_queryset(self) -> StoredFiles:
        return StoredFiles(self.model, using=self._db)

    def keep(
        self, name: str, data: bytes, *, organisation_id: uuid.UUID, now: datetime, kept_for: str = ""
    ) -> "StoredFile":
        """Store the bytes under the last part of ``name``, with their size, SHA-256 and type.

        ``kept_for`` names the kind whose rights open a file that no job has yet.
        """
        path = PurePath(re.sub(r"[\x00-\x1f\x7f]", "", name.replace("\\", "/")))
        return self.create(
            name=path.name[-200:] or "file",
            content=data,
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            content_type=CONTENT_TYPES.get(path.suffix.lower(), "application/octet-stream"),
            organisation_id=organisation_id,
            created_at=now,
            kept_for=kept_for,
        )


class StoredFile(models.Model):
    """A file as it was uploaded or generated, kept whole. Lists defer ``content``."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    content = models.BinaryField()
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=120)
    organisation_id = models.UUIDField(db_index=True)
    created_at = models.DateTimeField()
    kept_for = models.CharField(
        max_length=80,
        blank=True,
        help_text="The kind whose rights open it while no job has it; empty: a job's file.",
    )
    place = models.CharField(
        max_length=8, choices=Place, default=Place.DATABASE, db_default=Place.DATABASE, editable=False
    )
    removed_at = models.DateTimeField(
        null=True, blank=True, help_text="When its bytes went; size and digest stay."
    )

    objects: ClassVar[StoredFileManager] = StoredFileManager()

    def __str__(self) -> str:
        return self.name

    def read(self) -> bytes:
        """Its bytes, wherever they lie. Raises ``Refused`` once they were removed."""
        self._check_kept()
        try:
            data = self._bytes()
        except FileNotFoundError:
            data = b""
        if not data and self.size:  # moved since the row was read
            self.refresh_from_db(fields=["place", "removed_at", "content"])
            self._check_kept()
            data = self._bytes()
        return data

    def _bytes(self) -> bytes:
        if self.place == Place.OBJECTS:
            return object_storage.get(self.pk)
        data = bytes(self.content)
        self.content = data  # once in memory, no longer also as the driver gave it
        return data

    def _check_kept(self) -> None:
        if self.removed_at is not None:
            raise Refused(f"{self.name} was kept as long as files of its kind are, and is no longer here.")


class Job(models.Model):
    """Work that its organisation can follow: a file being checked and applied, or one being made."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    organisation_id = models.UUIDField()
    requested_by_id = models.BigIntegerField(help_text="The user who asked for it.")
    requested_by_email = models.CharField(max_length=254)
    applied_by_id = models.BigIntegerField(null=True, help_text="The user who pressed apply.")
    source = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="copies",
        help_text="The upload that this file is a marked copy of: its rights and its seal are this file's.",
    )
    needs_role = models.CharField(
        max_length=20,
        blank=True,
        help_text="The role that opens it besides its kind's: set when it holds what only that role may see.",
    )
    params = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    upload = models.OneToOneField(StoredFile, on_delete=models.PROTECT, null=True, related_name="uploaded_in")
    output = models.OneToOneField(StoredFile, on_delete=models.PROTECT, null=True, related_name="made_in")
    preview = models.JSONField(
        default=dict, encoder=DjangoJSONEncoder, help_text="Counts and the first rows of each."
    )
    problems = models.BinaryField(default=b"", help_text="All problems found: compressed JSON.")
    fingerprint = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the whole preview.")
    result = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    error = models.TextField(blank=True, help_text="The sentence shown when it failed or was refused.")
    log = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text="Times a worker took up the present step."
    )
    deaths = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        help_text="Times that a worker's process died of the present step, while the worker lived on.",
    )
    taken_by = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="The task of the queue that took up the present step.",
    )
    sealed_under = models.UUIDField(null=True, help_text="Hidden from everyone else until this seal opens.")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True, help_text="When a worker last took up a step of it.")
    finished_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True, help_text="When the queue last took it; empty: not yet.")

    request_id = models.UUIDField(
        null=True,
        default=request_ids.current,
        editable=False,
        help_text="Of the request that asked for its present step.",
    )

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="job_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=sorted(FINISHED), finished_at__isnull=False)
                | (~Q(state__in=sorted(FINISHED)) & Q(finished_at=None)),
                name="job_finished_has_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_id", "-created_at"], name="job_history"),
            models.Index(
                fields=["organisation_id", "-taken_at"],
                condition=Q(taken_at__isnull=False),
                name="job_last_taken",
            ),
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=["queued", "running", "apply_queued", "applying"]),
                name="job_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_finished(self) -> bool:
        return self.state in FINISHED

    @property
    def is_going_on(self) -> bool:
        """Whether a worker is at it or is going to be."""
        return self.state in UNFINISHED

    @property
    def outcome(self) -> str:
        """The result in a few words: "12 created, 3 changed"; empty without one."""
        words = {"create": "created", "update": "changed", "refuse": "refused", "unchanged": "unchanged"}
        return ", ".join(
            f"{count_text(self.result[key])} {word}" for key, word in words.items() if self.result.get(key)
        )

    @property
    def is_waiting_for_apply(self) -> bool:
        return self.state == State.CHECKED


class PublicFile(models.Model):
    """A file that is made for everybody under a stable name. A row is there only once the file is whole."""

    name = models.CharField(max_length=80, primary_key=True)
    stored = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="published_as")
    row_count = models.PositiveIntegerField()
    state = models.CharField(
        max_length=64, help_text="SHA-256 of what it was made from; another one: make it anew."
    )
    changed_at = models.DateTimeField(help_text="When its bytes last changed.")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
