from django.urls import path

from competitions import market_views

app_name = "market_data"
urlpatterns = [
    path("", market_views.market_data, name="index"),
    path("dictionary/", market_views.dictionary, name="dictionary"),
    path("for-providers/<str:name>", market_views.provider_file, name="provider_file"),
    path("<str:name>", market_views.public_file, name="file"),
]
