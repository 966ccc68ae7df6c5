"""Give the files of earlier versions the rights that new ones have, and end the checked ones that apply nothing."""

from django.db import migrations

MARKED_COPIES = """
    UPDATE jobs_job copy SET source_id = source.id FROM jobs_job source
    WHERE copy.kind = 'jobs.marked_copy' AND copy.params ->> 'job' = source.id::text
      AND copy.organisation_id = source.organisation_id
"""
BIDDING_HISTORIES = "UPDATE jobs_job SET needs_role = 'bids' WHERE kind = 'bidding.history'"
DEMAND_SERIES = """
    UPDATE jobs_storedfile SET kept_for = 'competitions.demand_series'
    WHERE id::text IN (SELECT subject_id FROM audit_auditentry WHERE action = 'demand series kept')
"""
NOTHING_TO_APPLY = """
    UPDATE jobs_job SET state = 'nothing', finished_at = now()
    WHERE state = 'checked' AND coalesce((preview -> 'counts' ->> 'create')::int, 0) = 0
      AND coalesce((preview -> 'counts' ->> 'update')::int, 0) = 0
"""


class Migration(migrations.Migration):
    dependencies = [("jobs", "0003_rights_and_turns"), ("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in (MARKED_COPIES, BIDDING_HISTORIES, DEMAND_SERIES, NOTHING_TO_APPLY)
    ]
