"""The form of a program."""

from django import forms

from accounts.domain.clients import LONGEST_NAME, ClientTerms, network_of
from accounts.enums import Role, Scope
from accounts.models import ApiClient
from marketplace.errors import Refused

ROLES = [choice for choice in Role.choices if choice[0] != Role.ACCOUNT]


class ClientForm(forms.Form):
    """Name, roles, scopes and addresses of a program."""

    name = forms.CharField(
        max_length=LONGEST_NAME,
        help_text="As the audit log shall call it, for example the system that it is.",
    )
    roles = forms.MultipleChoiceField(
        choices=ROLES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="As for a person: the program can do no more than a member with these roles.",
    )
    scopes = forms.MultipleChoiceField(
        choices=[(each.value, f"{each.label} ({each.value})") for each in Scope],
        widget=forms.CheckboxSelectMultiple,
        help_text="What of it the program may use.",
    )
    addresses = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One address or network a line, for example 192.0.2.0/24. Blank: it may come from everywhere.",
    )

    @classmethod
    def of(cls, client: ApiClient) -> "ClientForm":
        """The form with what the program has now."""
        return cls(
            initial={
                "name": client.name,
                "roles": client.member.roles,
                "scopes": client.scopes,
                "addresses": "\n".join(client.addresses),
            }
        )

    def clean_addresses(self) -> list[str]:
        try:
            return [network_of(line) for line in str(self.cleaned_data["addresses"]).split()]
        except Refused as refusal:
            raise forms.ValidationError(refusal.sentence) from None

    def terms(self) -> ClientTerms:
        """What was typed, once it is valid."""
        told = self.cleaned_data
        return ClientTerms(told["name"], told["roles"], told["scopes"], told["addresses"])
