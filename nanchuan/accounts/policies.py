"""Who may use the pages about accounts: the entrance, the own account, the office's work."""

from nanchuan.kernel.policies import FORM, READ, VERB, account, declare, form, public, read, verb
from nanchuan.kernel.roles import ADMIN, STAFF

declare(
    account_login=public(FORM),
    account_logout=public(FORM),
    account_inactive=public(),
    account_reset_password=public(FORM),
    account_reset_password_done=public(),
    account_reset_password_from_key=public(FORM),
    account_reset_password_from_key_done=public(),
    account_reauthenticate=account(),
    account_change_password=account(),
    account_set_password=account(),
    set_language=public(VERB),
    mfa_authenticate=public(FORM),  # after the password, before signing in
    mfa_index=account(READ),
    mfa_reauthenticate=account(),
    mfa_activate_totp=account(),
    mfa_deactivate_totp=account(),
    mfa_view_recovery_codes=account(READ),
    mfa_generate_recovery_codes=account(),
    mfa_download_recovery_codes=account(READ),
)
declare(
    "accounts",
    profile=account(READ),
    view_list=account(READ),
    view_save=account(VERB),
    view_rename=account(VERB),
    view_delete=account(VERB),
    slip=public(FORM),
    account_list=read(STAFF, ADMIN),
    account_create=form(STAFF, ADMIN),
    account_slip=verb(STAFF, ADMIN),
    slips_issue_all=form(STAFF, ADMIN),
    account_disable=verb(STAFF, ADMIN),
    account_enable=verb(STAFF, ADMIN),
    account_free=verb(STAFF, ADMIN),
)
