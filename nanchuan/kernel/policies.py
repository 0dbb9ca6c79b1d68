"""Deny by default: a URL without a declared policy answers nobody.

Each app's `policies.py` declares its URL names; `nanchuan.kernel.middleware` enforces methods
and roles, and the queryset of the view enforces the scope that the policy names.
"""

from dataclasses import dataclass

from nanchuan.kernel import roles

READ = frozenset({"GET", "HEAD", "OPTIONS"})
FORM = READ | {"POST"}
VERB = frozenset({"POST"})

PUBLIC = frozenset()  # also without signing in
SIGNED_IN = frozenset({"signed-in"})  # any account, also one without a role today


@dataclass(frozen=True)
class Policy:
    """Who may use a URL: HTTP methods, roles, and in a word what limits the rows."""

    methods: frozenset[str]
    roles: frozenset[str]
    scope: str = "visible"  # visible | editable | own | park | public

    @property
    def public(self) -> bool:
        return self.roles == PUBLIC

    def admits(self, user) -> bool:
        """Whether a person may use the URL at all; the rows are the queryset's business."""
        if self.public:
            return True
        if not (user.is_authenticated and user.is_active):
            return False
        return self.roles == SIGNED_IN or roles.has_role(user, *self.roles)


_policies: dict[str, Policy] = {}


def declare(namespace: str = "", **policies: Policy) -> None:
    """Declare policies by URL name; underscores stand for hyphens."""
    for name, policy in policies.items():
        declare_one(f"{namespace}:{name.replace('_', '-')}" if namespace else name, policy)


def declare_one(name: str, policy: Policy) -> None:
    if name in _policies:
        raise ValueError(f"{name} has two policies")
    _policies[name] = policy


def policy_of(name: str) -> Policy | None:
    return _policies.get(name)


def all_policies() -> dict[str, Policy]:
    return dict(_policies)


def read(*who: str, scope: str = "visible") -> Policy:
    return Policy(READ, frozenset(who or roles.ALL), scope)


def form(*who: str, scope: str = "editable") -> Policy:
    return Policy(FORM, frozenset(who or roles.ALL), scope)


def verb(*who: str, scope: str = "editable") -> Policy:
    return Policy(VERB, frozenset(who or roles.ALL), scope)


def public(methods=READ) -> Policy:
    return Policy(methods, PUBLIC, "public")


def account(methods=FORM) -> Policy:
    """Pages about the reader's own account, such as signing out."""
    return Policy(methods, SIGNED_IN, "own")
