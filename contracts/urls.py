from django.urls import path

from contracts import views

app_name = "contracts"
urlpatterns = [
    path("", views.contract_list, name="list"),
    path("settlement-terms/", views.give_terms, name="give_terms"),
    path("<uuid:pk>/", views.contract_page, name="contract"),
    path("<uuid:pk>/sign/", views.sign, name="sign"),
    path("<uuid:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("<uuid:pk>/documents/", views.attach, name="attach"),
    path("documents/<uuid:pk>/", views.document, name="document"),
]
