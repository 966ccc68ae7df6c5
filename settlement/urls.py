from django.urls import path

from settlement import views

app_name = "settlement"
urlpatterns = [
    path("what-would-this-pay/", views.try_case, name="try_case"),
    path("what-would-this-pay/example.zip", views.example_case, name="example_case"),
    path("what-would-this-pay/<uuid:pk>/", views.tried_case, name="tried_case"),
    path("what-would-this-pay/<uuid:pk>/report.json", views.case_report, name="case_report"),
    path("what-would-this-pay/<uuid:pk>/<slug:name>.xlsx", views.case_workbook, name="case_workbook"),
]
