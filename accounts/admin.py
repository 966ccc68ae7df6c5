"""What a support person works with: organisations and their first people, members, logins."""

from datetime import date
from typing import Any
from uuid import UUID

import allauth.account.admin
import allauth.mfa.admin
import allauth.usersessions.admin  # noqa: F401  (registered there, taken back here)
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from accounts.domain.colours import is_colour
from accounts.domain.logos import logo_from
from accounts.domain.mails import send_factors_removed, send_invitation
from accounts.domain.operating_area import SECONDS_IN_A_REQUEST, outline, save_outline
from accounts.domain.profiles import profile_of, save_looks
from accounts.domain.registration import PlatformAdmin, register_operator
from accounts.domain.sign_in import end_all_sessions, end_sessions, remove_second_factors
from accounts.domain.team import send_invitation_again, withdraw_invitation
from accounts.domain.vat import newest_treatment, note_treatment, told_treatment
from accounts.enums import Role
from accounts.forms.organisations import RegisteredNumbers
from accounts.models import Invitation, LoginMail, Member, Organisation, TermsAcceptance, User
from accounts.rules import check_account_stays_held
from marketplace import clock
from marketplace.audit.chain import record
from marketplace.calendar import holidays_between
from marketplace.errors import Refused
from marketplace.web.support import LookOnly, to_list, to_row

A_DAY = date(2026, 1, 1)

admin.site.site_header = "Flexibility marketplace"
admin.site.site_title = "Admin"
admin.site.index_title = "Support"
admin.site.unregister(Group)  # nothing here is decided by groups
for touched_by_their_owners in (EmailAddress, Authenticator, UserSession):
    admin.site.unregister(touched_by_their_owners)


def record_change(request: HttpRequest, subject: Model, organisation_id: UUID | None, form: Any) -> None:
    """Write what an admin changed into the organisation's audit log (None: the platform's); both or neither
    happen."""
    own = {each.name for each in subject._meta.concrete_fields}
    changed = [name for name in form.changed_data if name in own]
    changes = {name: (str(form.initial.get(name)), str(form.cleaned_data[name])) for name in changed}
    if changes:
        by = PlatformAdmin(request.user)  # type: ignore[arg-type]
        record(
            organisation_id=organisation_id,
            by=by,
            action="changed by a platform admin",
            subject=subject,
            changes=changes,
            now=clock.now(),
        )


class OperatorForm(RegisteredNumbers, forms.ModelForm):  # type: ignore[type-arg]
    """A new system operator with the addresses of its first people; an existing organisation without them."""

    first_users = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="First users (required)",
        help_text="One email address a line. Each is invited and gets every role.",
    )
    brand_colour = forms.CharField(
        required=False,
        max_length=7,
        help_text="As # and six hexadecimal digits. Operators only; blank: none.",
    )
    new_logo = forms.FileField(required=False, help_text="PNG, JPEG or WebP, up to 2 MB. Operators only.")
    operating_area = forms.FileField(
        required=False,
        help_text="GeoPackage, GeoJSON or KML; all polygons of its first layer. Operators only.",
    )

    class Meta:
        model = Organisation
        fields = (
            "name",
            "code",
            "country",
            "holiday_region",
            "time_zone",
            "currency",
            "company_number",
            "registered_address",
            "vat_number",
            "contact_name",
            "contact_email",
            "contact_phone",
            "seats",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial["brand_colour"] = profile_of(self.instance).brand_colour

    def clean_brand_colour(self) -> str:
        colour = str(self.cleaned_data["brand_colour"]).lower()
        if colour and not is_colour(colour):
            raise forms.ValidationError("Give the colour as # and six hexadecimal digits, such as #0b5d57.")
        return colour

    def clean_new_logo(self) -> bytes | None:
        sent = self.cleaned_data["new_logo"]
        if not sent:
            return None
        data = bytes(sent.read())
        try:
            logo_from(data)
        except Refused as refusal:
            raise forms.ValidationError(refusal.sentence) from None
        return data

    def clean_operating_area(self) -> Any:
        sent = self.cleaned_data["operating_area"]
        if not sent:
            return None
        try:
            return outline(bytes(sent.read()), sent.name, seconds=SECONDS_IN_A_REQUEST)
        except Refused as refusal:
            raise forms.ValidationError(refusal.sentence) from None

    def save_face(self, by: PlatformAdmin, operator: Organisation) -> None:
        """Store colour, logo and operating area of an operator, as its own people would."""
        now, told = clock.now(), self.cleaned_data
        if told["brand_colour"] != profile_of(operator).brand_colour or told["new_logo"] is not None:
            save_looks(by=by, operator=operator, colour=told["brand_colour"], logo=told["new_logo"], now=now)
        if told["operating_area"] is not None:
            save_outline(by=by, operator=operator, shape=told["operating_area"], now=now)

    def clean_first_users(self) -> list[str]:
        field = forms.EmailField()
        return list(
            dict.fromkeys(field.clean(line).lower() for line in self.cleaned_data["first_users"].split())
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.instance._state.adding and not cleaned.get("first_users"):
            self.add_error("first_users", "Name at least one person to invite.")
        try:
            holidays_between(cleaned.get("country", ""), cleaned.get("holiday_region", ""), A_DAY, A_DAY)
        except NotImplementedError:
            self.add_error("holiday_region", "No public holidays are known for this country and region.")
        return cleaned


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = OperatorForm
    list_display = ("name", "code", "kind", "country", "seats", "created_at", "what_it_has")
    list_filter = ("kind", "country")
    search_fields = ("name", "code", "company_number", "contact_email")

    @admin.display(description="what it has")
    def what_it_has(self, organisation: Organisation) -> str:
        """Links to its people and its things."""
        own: tuple[tuple[str, str, str], ...] = (
            ("accounts_member", "members", "organisation__id__exact"),
            ("accounts_invitation", "invitations", "organisation__id__exact"),
            ("jobs_job", "jobs", "organisation_id__exact"),
            ("audit_auditentry", "log", "organisation_id__exact"),
        )
        if organisation.is_system_operator:
            own += (("competitions_competition", "competitions", "operator__id__exact"),)
        else:
            own += (("qualification_asset", "assets", "provider__id__exact"),)
        links = [to_list(model, text, **{lookup: organisation.pk}) for model, text, lookup in own]
        return format_html_join(" · ", "{}", ((link,) for link in links))

    def has_delete_permission(self, request: HttpRequest, obj: Organisation | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Organisation, form: Any, change: bool) -> None:
        if change:
            before = newest_treatment(Organisation.objects.get(pk=obj.pk))
            super().save_model(request, obj, form, change)
            record_change(request, obj, obj.pk, form)
            if "vat_number" in form.changed_data and not obj.is_system_operator:
                after = told_treatment(before.kind.value, obj.vat_number)
                note_treatment(obj, before, after, clock.now().astimezone(obj.zone).date())
            if obj.is_system_operator:
                form.save_face(PlatformAdmin(request.user), obj)  # type: ignore[arg-type]
            return
        admin_user = PlatformAdmin(request.user)  # type: ignore[arg-type]
        invitations = register_operator(
            by=admin_user, organisation=obj, emails=form.cleaned_data["first_users"], now=clock.now()
        )
        form.save_face(admin_user, obj)
        for invitation in invitations:
            send_invitation(invitation)
        messages.info(
            request, f"{obj} is a system operator; invited: {', '.join(i.email for i in invitations)}."
        )

    def get_fields(self, request: HttpRequest, obj: Organisation | None = None) -> Any:
        fields = [name for name in super().get_fields(request, obj) if isinstance(name, str)]
        return fields if obj is None else [name for name in fields if name != "first_users"]


class MemberForm(forms.ModelForm):  # type: ignore[type-arg]
    """A member's roles and whether they may act."""

    roles = forms.MultipleChoiceField(choices=Role, widget=forms.CheckboxSelectMultiple, required=False)

    class Meta:
        model = Member
        fields = ("roles", "is_active")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        roles = cleaned.get("roles", []) if cleaned.get("is_active") else []
        try:
            check_account_stays_held(self.instance, roles)
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return cleaned


@admin.register(Member)
class MemberAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("user", "organisation", "roles", "is_active", "view_as")
    list_filter = ("organisation__kind", "is_active")
    search_fields = ("user__email", "user__name", "organisation__name", "organisation__code")
    list_select_related = ("user", "organisation")
    autocomplete_fields = ("user", "organisation")
    readonly_fields = ("user", "organisation", "joined_at")
    form = MemberForm

    @admin.display(description="")
    def view_as(self, member: Member) -> str:
        """The way to see the marketplace as this member does."""
        return format_html('<a href="{}">View as…</a>', reverse("accounts:view_as", args=[member.pk]))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Member | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Member, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        record_change(request, obj, obj.organisation_id, form)
        if not obj.is_active:
            end_sessions(obj.user)


@admin.register(User)
class UserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("email", "name", "member_of", "is_staff", "is_active", "last_login")
    list_select_related = ("member__organisation",)
    list_filter = ("is_staff", "is_active")
    search_fields = ("email", "name")
    fields = ("email", "name", "member_of", "is_active", "is_staff", "last_login", "date_joined")
    readonly_fields = ("email", "member_of", "last_login", "date_joined")
    actions = ("take_away_second_factors", "sign_out_everywhere")

    @admin.action(description="Take away second factors that were lost", permissions=["change"])
    def take_away_second_factors(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """For somebody who lost app, keys and recovery codes, after support has made sure who is asking."""
        by = PlatformAdmin(request.user)  # type: ignore[arg-type]
        for user in queryset:
            try:
                remove_second_factors(by=by, user=user, now=clock.now())
            except Refused as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
            else:
                send_factors_removed(user)
                self.message_user(
                    request, f"{user.email} has no second factor any more, and is signed out everywhere."
                )

    @admin.action(description="Sign out everywhere", permissions=["change"])
    def sign_out_everywhere(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """End all sessions of people whose device was lost or whose session is doubtful; all may be
        picked."""
        by = PlatformAdmin(request.user)  # type: ignore[arg-type]
        for user in queryset:
            end_all_sessions(by=by, user=user, now=clock.now())
            self.message_user(request, f"{user.email} is signed out everywhere.")

    @admin.display(description="belongs to")
    def member_of(self, user: User) -> str:
        """The membership, linked to its page."""
        return to_row(getattr(user, "member", None))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        member = getattr(obj, "member", None)
        record_change(
            request,
            obj,
            None if member is None or "is_staff" in form.changed_data else member.organisation_id,
            form,
        )
        if not obj.is_active:
            end_sessions(obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


@admin.register(Invitation)
class InvitationAdmin(LookOnly):
    list_display = ("email", "its_organisation", "sent_at", "accepted_at", "withdrawn_at")
    list_filter = ("sent_at",)
    search_fields = ("email", "organisation__name", "organisation__code")
    list_select_related = ("organisation",)
    actions = ("send_again", "withdraw")

    @admin.display(description="organisation", ordering="organisation__name")
    def its_organisation(self, invitation: Invitation) -> str:
        """The organisation, linked to its page."""
        return to_row(invitation.organisation)

    @admin.action(description="Send the invitation again", permissions=["view"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        """A new link for another seven days; the old one stops working."""
        for invitation in queryset:
            try:
                again = send_invitation_again(
                    by=PlatformAdmin(request.user),  # type: ignore[arg-type]
                    invitation=invitation,
                    now=clock.now(),
                )
            except Refused as refusal:
                self.message_user(request, f"{invitation}: {refusal}", messages.ERROR)
            else:
                send_invitation(again)
                self.message_user(request, f"A new link is on its way to {invitation.email}.")

    @admin.action(description="Withdraw the invitation", permissions=["view"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        """The link stops working and the seat is free."""
        for invitation in queryset:
            by = PlatformAdmin(request.user)  # type: ignore[arg-type]
            try:
                withdraw_invitation(by=by, invitation=invitation, now=clock.now())
            except Refused as refusal:
                self.message_user(request, f"{invitation}: {refusal}", messages.ERROR)
            else:
                self.message_user(request, f"The invitation of {invitation.email} is withdrawn.")


@admin.register(LoginMail)
class LoginMailAdmin(LookOnly):
    """Mails that wait, and those that were given up; never what they say: their links may open a login."""

    list_display = ("created_at", "to", "title", "state", "attempts", "next_try_at", "error")
    list_filter = ("state", "created_at")
    search_fields = ("to", "title")
    exclude = ("lines", "link", "link_title")


@admin.register(TermsAcceptance)
class TermsAcceptanceAdmin(LookOnly):
    list_display = ("kind", "version", "user", "organisation", "accepted_at")
    list_filter = ("kind", "version")
    list_select_related = ("user", "organisation")
    search_fields = ("user__email", "organisation__name")


@admin.register(EmailAddress)
class EmailAddressAdmin(LookOnly):
    """Which addresses were verified; people change their own."""

    list_display = ("email", "user", "verified", "primary")
    list_filter = ("verified",)
    list_select_related = ("user",)
    search_fields = ("email",)
