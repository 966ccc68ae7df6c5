from django.urls import path

from operations.views import answers, availability, readings

app_name = "operations"
urlpatterns = [
    path("availability/", availability.calendar, name="availability"),
    path("availability/upload/", availability.upload, name="availability_upload"),
    path("availability/declare/", availability.declare_week, name="declare_week"),
    path("availability/copy/", availability.copy_last_week, name="copy_week"),
    path("availability/answers/", answers.desk, name="answer_desk"),
    path("availability/answers/save/", answers.save, name="answer_save"),
    path("availability/answers/<str:what>/", answers.confirm, name="answer_all"),
    path("availability/<uuid:pk>/", availability.contract, name="contract_availability"),
    path("availability/<uuid:pk>/declare/", availability.declare_for, name="declare"),
    path("availability/<uuid:pk>/missing/", availability.notify_missing, name="notify_missing"),
    path(
        "availability/missing/<uuid:notice_id>/shorten/", availability.shorten_missing, name="shorten_missing"
    ),
    path("readings/", readings.reading_list, name="readings"),
    path("readings/upload/", readings.upload_readings, name="upload_readings"),
    path("readings/mapping/<uuid:pk>/", readings.map_readings, name="map_readings"),
    path("readings/mapping/<uuid:pk>/forget/", readings.forget_mapping, name="forget_mapping"),
    path("readings/<uuid:pk>/", readings.unit_readings, name="unit_readings"),
]
