"""Sessions in the database: each request asks for its own, so the statement is prepared."""

from django.contrib.sessions.backends import db
from django.utils import timezone

from nanchuan.kernel.prepared import prepared


class SessionStore(db.SessionStore):
    def _get_session_from_db(self):
        found = next(iter(_session(self.session_key)), None)
        if found and found.expire_date > timezone.now():
            return found
        self._session_key = None
        return None


@prepared(str)
def _session(key):
    return SessionStore.get_model_class().objects.filter(session_key=key)
