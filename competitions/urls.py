from django.urls import path

from competitions import area_views, dps_views, question_views, set_up_views, typed_views, views

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
    path("new-competition/", typed_views.start, name="start"),
    path("set-up/<uuid:pk>/header/", typed_views.header, name="typed_header"),
    path("set-up/<uuid:pk>/boundary/", typed_views.boundary, name="typed_boundary"),
    path("set-up/<uuid:pk>/windows/", typed_views.windows, name="typed_windows"),
    path("set-up/<uuid:pk>/windows/<int:place>/", typed_views.window, name="typed_window"),
    path("set-up/<uuid:pk>/windows/<int:place>/copy/", typed_views.window_copy, name="typed_window_copy"),
    path("set-up/<uuid:pk>/windows/<int:place>/remove/", typed_views.window_remove, name="typed_window_remove"),
    path("set-up/<uuid:pk>/review/", typed_views.review, name="typed_review"),
    path("set-up/<uuid:pk>/save/", typed_views.save, name="typed_save"),
    path("set-up/<uuid:pk>/discard/", typed_views.discard, name="typed_discard"),
    path("<str:ref>/", views.competition_page, name="competition"),
    path("<str:ref>/map.geojson", views.competition_shape, name="competition_map"),
    path("<str:ref>/deadlines.ics", views.competition_calendar, name="calendar"),
    path("<str:ref>/questions/", question_views.ask, name="ask"),
    path("question-list/<uuid:pk>/answer/", question_views.answer, name="answer"),
    path("<str:ref>/edit/", typed_views.edit, name="edit"),
    path("<str:ref>/publish/", set_up_views.publish, name="publish"),
    path("<str:ref>/duplicate/", set_up_views.duplicate, name="duplicate"),
    path("<str:ref>/move-dates/", set_up_views.move, name="move"),
    path("<str:ref>/archive/", set_up_views.archive, name="archive"),
    path("<str:ref>/cancel/", set_up_views.cancel, name="cancel"),
]
