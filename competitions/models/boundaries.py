"""Where a competition buys: the parts of its boundary, and the shape that they make."""

from django.db import models
from django.db.models import F, Q

from competitions.enums import (
    BoundaryType,
)
from competitions.models.competition import Competition
from competitions.models.places import Area


class Boundary(models.Model):
    """One part of a competition's boundary, which is the union of its parts."""

    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="boundaries")
    kind = models.CharField(max_length=15, choices=BoundaryType)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, blank=True, related_name="boundaries")
    value = models.CharField("postcode or sector", max_length=10, blank=True)
    north = models.DecimalField(max_digits=18, decimal_places=15, null=True, blank=True)
    south = models.DecimalField(max_digits=18, decimal_places=15, null=True, blank=True)
    east = models.DecimalField(max_digits=18, decimal_places=15, null=True, blank=True)
    west = models.DecimalField(max_digits=18, decimal_places=15, null=True, blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "boundaries"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind=BoundaryType.AREA,
                    area__isnull=False,
                    value="",
                    north=None,
                    south=None,
                    east=None,
                    west=None,
                )
                | (
                    Q(kind__in=[BoundaryType.POSTCODE, BoundaryType.POSTCODE_SECTOR], area=None, north=None)
                    & ~Q(value="")
                )
                | Q(
                    kind=BoundaryType.BOUNDING_BOX,
                    area=None,
                    value="",
                    south__lt=F("north"),
                    west__lt=F("east"),
                ),
                name="boundary_has_what_its_kind_needs",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.area or self.value}".strip()


class BoundaryShape(models.Model):
    """The shape a competition is run with: the union of its areas and boxes, and the same with the buffer
    around it."""

    competition = models.OneToOneField(Competition, on_delete=models.CASCADE, related_name="boundary_shape")
    inside_wkb = models.BinaryField()
    buffered_wkb = models.BinaryField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Shape of {self.competition}"
