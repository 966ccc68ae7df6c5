from django.urls import path

from operations.views import (
    answers,
    availability,
    baselines,
    dispatches,
    many_dispatches,
    one_dispatch,
    performance,
    readings,
)

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
    path("dispatches/", dispatches.home, name="dispatch_home"),
    path("dispatches/provider-live/", dispatches.provider_live, name="provider_live"),
    path("dispatches/desk-live/", dispatches.desk_live, name="desk_live"),
    path("dispatches/all/", dispatches.dispatch_list, name="dispatches"),
    path("dispatches/plan/", many_dispatches.plan, name="plan"),
    path("dispatches/plan/send/", many_dispatches.send_plan, name="send_plan"),
    path("dispatches/emergency-stop/", many_dispatches.emergency_stop, name="emergency_stop"),
    path("dispatches/contract/<uuid:pk>/check/", dispatches.check, name="check_dispatch"),
    path("dispatches/contract/<uuid:pk>/send/", dispatches.send, name="send_dispatch"),
    path("dispatches/<uuid:pk>/", one_dispatch.page, name="dispatch"),
    path("dispatches/<uuid:pk>/live/", one_dispatch.live, name="dispatch_live"),
    path("dispatches/<uuid:pk>/acknowledge/", one_dispatch.acknowledge, name="acknowledge"),
    path("dispatches/<uuid:pk>/acknowledge-stop/", one_dispatch.acknowledge_stopped, name="acknowledge_stop"),
    path("dispatches/<uuid:pk>/decline/", one_dispatch.decline, name="decline"),
    path("dispatches/<uuid:pk>/amend/", one_dispatch.amend, name="amend"),
    path("dispatches/<uuid:pk>/cancel/", one_dispatch.cancel, name="cancel"),
    path("dispatches/<uuid:pk>/stop/", one_dispatch.stop, name="stop"),
    path("performance/", performance.performance_list, name="performance"),
    path("performance/<uuid:pk>/", performance.dispatch_performance, name="dispatch_performance"),
    path("baselines/contracts/<uuid:pk>/", baselines.contract_baseline, name="contract_baseline"),
]
