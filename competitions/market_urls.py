from django.urls import path

from competitions.views import market_data

app_name = "market_data"
urlpatterns = [
    path("", market_data.market_data, name="index"),
    path("dictionary/", market_data.dictionary, name="dictionary"),
    path("map-sources/", market_data.map_sources, name="map_sources"),
    path("for-providers/<str:name>", market_data.provider_file, name="provider_file"),
    path("<str:name>", market_data.public_file, name="file"),
]
