"""What an operator tells of itself for its report to the regulator."""

from bidding.domain.results.regulator import TOLD_BY_OPERATOR
from bidding.models import RegulatorSettings
from marketplace.web.form_style import StyledModelForm


class RegulatorForm(StyledModelForm):
    """What the platform can't know for the regulator's report."""

    class Meta:
        model = RegulatorSettings
        fields = TOLD_BY_OPERATOR
