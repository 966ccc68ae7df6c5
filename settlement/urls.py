from django.urls import path

from settlement.views import agreements, cases, disputes, documents, figures, statements

app_name = "settlement"
urlpatterns = [
    path("what-would-this-pay/", cases.try_case, name="try_case"),
    path("what-would-this-pay/example.zip", cases.example_case, name="example_case"),
    path("what-would-this-pay/<uuid:pk>/", cases.tried_case, name="tried_case"),
    path("what-would-this-pay/<uuid:pk>/report.json", cases.case_report, name="case_report"),
    path("what-would-this-pay/<uuid:pk>/<slug:name>.xlsx", cases.case_workbook, name="case_workbook"),
    path("statements/", statements.statement_list, name="statements"),
    path("statements/figures/", figures.over_the_months, name="figures"),
    path("statements/final/", statements.finalise_many, name="finalise_many"),
    path("statements/<uuid:pk>/", statements.statement_page, name="statement"),
    path("statements/versions/<uuid:pk>/final/", statements.finalise_one, name="finalise"),
    path("statements/versions/<uuid:pk>/agree/", statements.agree, name="agree"),
    path("statements/versions/<uuid:pk>/not-final/", statements.withdraw_proposal, name="withdraw_proposal"),
    path("statements/versions/<uuid:pk>/lines/<int:place>/", statements.line_page, name="line"),
    path("statements/versions/<uuid:pk>/dispute/", disputes.dispute, name="dispute"),
    path("statements/disputed/<uuid:pk>/", disputes.answer, name="answer"),
    path("statements/disputed/<uuid:pk>/rest/", disputes.rest, name="rest"),
    path("statements/dispute-files/<uuid:pk>/", disputes.dispute_file, name="dispute_file"),
    path("invoices/", documents.documents, name="documents"),
    path("invoices/run/", documents.invoice_run, name="invoice_run"),
    path("invoices/self-billing/", agreements.agreements, name="agreements"),
    path("invoices/self-billing/<uuid:pk>/accept/", agreements.accept, name="accept_agreement"),
    path("invoices/self-billing/<uuid:pk>/close/", agreements.close, name="close_agreement"),
    path("invoices/self-billing/<uuid:pk>/end/", agreements.end, name="end_agreement"),
    path("invoices/<uuid:pk>/", documents.document, name="document"),
    path("invoices/<uuid:pk>/credit/", documents.credit, name="credit_document"),
    path("invoices/<uuid:pk>/paid/", documents.paid, name="document_paid"),
    path("invoices/<uuid:pk>/not-paid/", documents.not_paid, name="document_not_paid"),
]
