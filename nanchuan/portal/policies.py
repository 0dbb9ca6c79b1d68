"""Who may use the home page, the trail and the health pages; then each page of the admin."""

from nanchuan.kernel.policies import READ, account, declare, public, read
from nanchuan.kernel.roles import AUDITOR, LEADER, STAFF

declare(
    home=account(READ),  # who has no post today is told so
    healthz=public(),
    readyz=public(),
    metrics=public(),  # to whoever holds METRICS_TOKEN
)
declare("portal", event_list=read(STAFF, LEADER, AUDITOR, scope="park"))
