from django.urls import path

from accounts import mail_views, operator_views, sign_in_views, terms_views, viewing_views, views

app_name = "accounts"
urlpatterns = [
    path("", views.home, name="home"),
    path("company/", views.company, name="company"),
    path("organisation/", operator_views.organisation, name="organisation"),
    path("operators/", operator_views.operator_list, name="operators"),
    path("operators/edit/", operator_views.edit_profile, name="profile_edit"),
    path("operators/edit/looks/", operator_views.edit_looks, name="profile_looks"),
    path("operators/edit/area/", operator_views.edit_area, name="profile_area"),
    path("operators/edit/area/remove/", operator_views.remove_area, name="profile_area_remove"),
    path("operators/<str:code>/", operator_views.operator_profile, name="operator_profile"),
    path("operators/<str:code>/brand.css", operator_views.brand_css, name="brand_css"),
    path("operators/<str:code>/area.geojson", operator_views.operating_area, name="operating_area"),
    path("operators/<str:code>/logo-<str:digest>.png", operator_views.logo, name="logo"),
    path("terms/accept/", terms_views.accept, name="terms_accept"),
    path("terms/<slug:kind>/", terms_views.terms, name="terms"),
    path("invitation/<str:token>/", views.invitation, name="invitation"),
    path("team/", views.team, name="team"),
    path("team/invite/", views.team_invite, name="team_invite"),
    path("team/<int:pk>/roles/", views.team_roles, name="team_roles"),
    path("team/<int:pk>/deactivate/", views.team_deactivate, name="team_deactivate"),
    path("team/<int:pk>/reactivate/", views.team_reactivate, name="team_reactivate"),
    path("team/invitations/<uuid:pk>/again/", views.invitation_send_again, name="invitation_send_again"),
    path("team/invitations/<uuid:pk>/withdraw/", views.invitation_withdraw, name="invitation_withdraw"),
    path("team/second-factor/", sign_in_views.second_factor_policy, name="second_factor_policy"),
    path("view-as/<int:pk>/", viewing_views.view_as, name="view_as"),
    path("view-as/stop/", viewing_views.stop, name="stop_viewing"),
    path("sessions/<int:pk>/end/", sign_in_views.session_end, name="session_end"),
    path("demo/mail/", mail_views.demo_mail, name="demo_mail"),
    path("demo/mail/<slug:mail_id>/", mail_views.demo_letter, name="demo_letter"),
    path("demo/mail/<slug:mail_id>/html/", mail_views.demo_letter_html, name="demo_letter_html"),
]
