"""`make chaos`: a portal of real processes on loopback, broken on purpose again and again.

Nothing of it is part of the portal. PostgreSQL, Redis, web, workers, beat, a mail server and the
server of a group's robots are started here, in folders and on ports of their own, and stopped here.
"""
