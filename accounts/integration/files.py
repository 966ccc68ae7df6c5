"""The member behind a job, and the kinds of uploads, as the jobs app knows them."""

from accounts.domain import operating_area
from accounts.domain.queries import member_who_may_act
from accounts.enums import Role
from marketplace.jobs.kinds import UploadKind, register_member_loader, register_upload

register_member_loader(member_who_may_act)
register_upload(
    UploadKind(
        name=operating_area.KIND,
        title="Operating area",
        check=operating_area.check,
        apply=operating_area.apply,
        accepts=operating_area.ENDINGS,
        role=Role.ACCOUNT,
        audience="so",
        result_url="accounts:profile_edit",
        whole="file",
        nouns=("operating area", "operating areas"),
        may_go=True,
    )
)
