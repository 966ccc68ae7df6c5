from django.urls import path

from accounts.views import demo_mail, joining, operators, preferences, sign_in, team, terms, viewing

app_name = "accounts"
urlpatterns = [
    path("", joining.home, name="home"),
    path("company/", joining.company, name="company"),
    path("organisation/", operators.organisation, name="organisation"),
    path("operators/", operators.operator_list, name="operators"),
    path("operators/edit/", operators.edit_profile, name="profile_edit"),
    path("operators/edit/looks/", operators.edit_looks, name="profile_looks"),
    path("operators/edit/area/", operators.edit_area, name="profile_area"),
    path("operators/edit/area/remove/", operators.remove_area, name="profile_area_remove"),
    path("operators/<str:code>/", operators.operator_profile, name="operator_profile"),
    path("operators/<str:code>/brand.css", operators.brand_css, name="brand_css"),
    path("operators/<str:code>/area.geojson", operators.operating_area, name="operating_area"),
    path("operators/<str:code>/logo-<str:digest>.png", operators.logo, name="logo"),
    path("terms/accept/", terms.accept, name="terms_accept"),
    path("terms/<slug:kind>/", terms.terms, name="terms"),
    path("invitation/<str:token>/", joining.invitation, name="invitation"),
    path("team/", team.team, name="team"),
    path("team/invite/", team.team_invite, name="team_invite"),
    path("team/<int:pk>/roles/", team.team_roles, name="team_roles"),
    path("team/<int:pk>/deactivate/", team.team_deactivate, name="team_deactivate"),
    path("team/<int:pk>/reactivate/", team.team_reactivate, name="team_reactivate"),
    path("team/invitations/<uuid:pk>/again/", team.invitation_send_again, name="invitation_send_again"),
    path("team/invitations/<uuid:pk>/withdraw/", team.invitation_withdraw, name="invitation_withdraw"),
    path("team/second-factor/", sign_in.second_factor_policy, name="second_factor_policy"),
    path("view-as/<int:pk>/", viewing.view_as, name="view_as"),
    path("view-as/stop/", viewing.stop, name="stop_viewing"),
    path("preferences/theme/", preferences.theme, name="theme"),
    path("preferences/keyboard/", preferences.keyboard, name="keyboard"),
    path("preferences/single-keys/", preferences.single_keys, name="single_keys"),
    path("sessions/<int:pk>/end/", sign_in.session_end, name="session_end"),
    path("demo/mail/", demo_mail.demo_mail, name="demo_mail"),
    path("demo/mail/<slug:mail_id>/", demo_mail.demo_one_mail, name="demo_one_mail"),
    path("demo/mail/<slug:mail_id>/html/", demo_mail.demo_one_mail_html, name="demo_one_mail_html"),
]
