"""Addresses that stand before allauth's own of the same path."""

from django.urls import path

from accounts.views.sign_in import RemoveApp, RemoveKey, Sessions, SetUpApp

urlpatterns = [
    path("sessions/", Sessions.as_view(), name="usersessions_list"),
    path("2fa/totp/activate/", SetUpApp.as_view(), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("2fa/webauthn/keys/<int:pk>/remove/", RemoveKey.as_view(), name="mfa_remove_webauthn"),
]
