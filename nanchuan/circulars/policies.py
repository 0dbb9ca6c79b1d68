from nanchuan.kernel.policies import declare, form, read, verb
from nanchuan.kernel.roles import AUDITOR, LEADER, MEMBER, SECRETARY, STAFF, UNIT

READERS = (STAFF, LEADER, AUDITOR, SECRETARY, UNIT, MEMBER)
WATCHERS = (STAFF, LEADER, AUDITOR, SECRETARY)
ANSWERERS = (SECRETARY, UNIT, MEMBER)  # a member may hold the post that was meant

declare(
    "circulars",
    circular_list=read(*READERS),
    circular_detail=read(*READERS),
    circularfile_take=read(*READERS),
    circular_table=read(*WATCHERS),
    circular_files=read(*WATCHERS),
    addressee_detail=read(*READERS),
    submissionfile_take=read(*READERS),
)

# What the office does
declare(
    "circulars",
    circular_numbering=form(STAFF, scope="park"),
    circular_create=form(STAFF, scope="own"),
    circular_edit=form(STAFF),
    circular_receivers=form(STAFF),
    circular_publish=form(STAFF),
    circular_recall=form(STAFF),
    circular_extend=form(STAFF),
    circular_remind=form(STAFF),
    circular_replace=verb(STAFF),
    circular_close=verb(STAFF),
    circular_archive=verb(STAFF),
    circular_drop=verb(STAFF),
    circularfile_remove=verb(STAFF),
    circular_ask=form(STAFF),
    question_edit=form(STAFF),
    question_drop=verb(STAFF),
    addressee_accept=verb(STAFF),
    addressee_return=form(STAFF),
    addressee_extend=form(STAFF),
    extension_grant=verb(STAFF),
    extension_refuse=form(STAFF),
)

# What those do to whom a circular went
declare(
    "circulars",
    addressee_confirm=verb(*ANSWERERS),
    addressee_answer=form(*ANSWERERS),
    addressee_later=form(*ANSWERERS),
)
