from django.urls import path

from qualification import asset_views, dps_views, views

app_name = "qualification"
urlpatterns = [
    path("assets/", views.assets, name="assets"),
    path("assets/map/", views.assets_map, name="assets_map"),
    path("assets/map.geojson", views.assets_geojson, name="assets_geojson"),
    path("assets/upload/", views.upload, name="upload"),
    path("assets/status/", asset_views.change_status, name="change_status"),
    path("assets/new/", asset_views.new_asset, name="new_asset"),
    path("assets/<uuid:asset_id>/edit/", asset_views.edit_asset, name="edit_asset"),
    path("assets/planned/", asset_views.planned_assets, name="planned_assets"),
    path("assets/planned/new/", asset_views.new_planned, name="new_planned"),
    path("assets/planned/<uuid:planned_id>/edit/", asset_views.edit_planned, name="edit_planned"),
    path("assets/<uuid:asset_id>/", views.asset, name="asset"),
    path("assets/<uuid:asset_id>/verdicts/", views.asset_verdicts, name="asset_verdicts"),
    path("entries/", views.entries, name="entries"),
    path("entries/answer/", views.answer_many, name="answer_many"),
    path("entries/<uuid:competition_id>/enter/", views.enter, name="enter"),
    path("entries/<uuid:competition_id>/withdraw/", views.withdraw, name="withdraw"),
    path("competitions/<uuid:competition_id>/", views.competition_assets, name="competition_assets"),
    path("dps/", dps_views.systems, name="dps_systems"),
    path("dps/<uuid:dps_id>/start/", dps_views.start, name="dps_start"),
    path("dps/applications/", dps_views.applications, name="dps_applications"),
    path("dps/applications/<uuid:pk>/", dps_views.application, name="dps_application"),
    path("dps/applications/<uuid:pk>/sections/<str:code>/", dps_views.section, name="dps_section"),
    path("dps/applications/<uuid:pk>/attach/", dps_views.attach, name="dps_attach"),
    path("dps/applications/<uuid:pk>/submit/", dps_views.submit, name="dps_submit"),
    path("dps/applications/<uuid:pk>/withdraw/", dps_views.withdraw_application, name="dps_withdraw"),
    path("dps/applications/<uuid:pk>/approve/", dps_views.approve, name="dps_approve"),
    path("dps/applications/<uuid:pk>/reject/", dps_views.reject, name="dps_reject"),
    path("dps/applications/<uuid:pk>/revoke/", dps_views.revoke, name="dps_revoke"),
    path("dps/attachments/<uuid:pk>/", dps_views.attachment, name="dps_attachment"),
    path("dps/attachments/<uuid:pk>/remove/", dps_views.detach, name="dps_detach"),
]
