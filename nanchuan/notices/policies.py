from nanchuan.kernel.policies import READ, VERB, account, declare

declare(
    "notices",
    inbox=account(READ),
    notice_open=account(),
    inbox_read_all=account(VERB),
)
