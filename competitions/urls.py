from django.urls import path

from competitions import area_views, dps_views, views

app_name = "competitions"
# A competition's ref has neither hyphen nor dot, so the pages beside it can't be mistaken for one.
urlpatterns = [
    path("", views.competition_list, name="list"),
    path("map.geojson", views.live_map, name="map"),
    path("competition-file/", views.competition_file, name="file"),
    path("area-list/", area_views.area_list, name="areas"),
    path("area-map.geojson", area_views.area_shapes, name="areas_map"),
    path("area-upload/", area_views.area_upload, name="areas_upload"),
    path("area-upload/<uuid:file_id>/", area_views.area_choose, name="areas_choose"),
    path("area-preview/<uuid:job_id>.geojson", area_views.area_preview, name="areas_preview"),
    path("area-list/<uuid:pk>/rename/", area_views.area_rename, name="area_rename"),
    path("area-list/<uuid:pk>/archive/", area_views.area_archive, name="area_archive"),
    path("dps-list/", dps_views.dps_list, name="dps_list"),
    path("dps-list/new/", dps_views.dps_new, name="dps_new"),
    path("dps-list/<uuid:pk>/", dps_views.dps_edit, name="dps_edit"),
    path("dps-list/<uuid:pk>/open/", dps_views.dps_open, name="dps_open"),
    path("dps-list/<uuid:pk>/close/", dps_views.dps_close, name="dps_close"),
    path("<str:ref>/", views.competition_page, name="competition"),
    path("<str:ref>/map.geojson", views.competition_shape, name="competition_map"),
    path("<str:ref>/cancel/", views.cancel, name="cancel"),
]
