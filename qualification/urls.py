from django.urls import path

from qualification import views

app_name = "qualification"
urlpatterns = [
    path("assets/", views.assets, name="assets"),
    path("assets/map/", views.assets_map, name="assets_map"),
    path("assets/map.geojson", views.assets_geojson, name="assets_geojson"),
    path("assets/upload/", views.upload, name="upload"),
    path("assets/<uuid:asset_id>/", views.asset, name="asset"),
    path("assets/<uuid:asset_id>/verdicts/", views.asset_verdicts, name="asset_verdicts"),
    path("entries/", views.entries, name="entries"),
    path("entries/answer/", views.answer_many, name="answer_many"),
    path("entries/<uuid:competition_id>/enter/", views.enter, name="enter"),
    path("entries/<uuid:competition_id>/withdraw/", views.withdraw, name="withdraw"),
    path("competitions/<uuid:competition_id>/", views.competition_assets, name="competition_assets"),
]
