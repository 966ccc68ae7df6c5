"""The member behind a job, and the kinds of uploads, as the jobs app knows them."""

from accounts.domain import operating_area
from accounts.domain.queries import member_who_may_act
from accounts.enums import Role
from marketplace import jobs

jobs.register_member_loader(member_who_may_act)
jobs.register_upload(
    jobs.UploadKind(
        name=operating_area.KIND,
        title="Operating area",
        check=operating_area.check,
        apply=operating_area.apply,
        accepts=operating_area.ENDINGS,
        role=Role.ACCOUNT,
        audience="so",
        result_url="accounts:profile_edit",
        whole="file",
    )
)
