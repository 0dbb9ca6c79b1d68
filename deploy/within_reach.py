"""What a test run can use on this machine: a PostgreSQL server, a Redis server, a browser."""

import getpass
import hashlib
import os
import shutil
from pathlib import Path
from urllib.parse import quote

import psycopg2
import redis

# Two clones on one server keep out of each other's way.
DATABASE = "nanchuan_" + hashlib.sha256(bytes(Path.cwd())).hexdigest()[:8]
SOCKETS = "/var/run/postgresql"
LOCAL_REDIS = "redis://127.0.0.1:6379/15"
MAY_CREATE = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"


def find_postgresql():
    """An address for DATABASE_URL whose user may create the test database, or None."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        return given if may_create(given) else None
    users = [quote(user) for user in dict.fromkeys((getpass.getuser(), "postgres"))]
    hosts = [("127.0.0.1:5432", ""), ("", f"?host={SOCKETS}")]
    for host, query in hosts:
        for user in users:
            if may_create(f"postgresql://{user}@{host}/postgres{query}"):
                return f"postgresql://{user}@{host}/{DATABASE}{query}"
    return None


def may_create(url):
    try:
        connection = psycopg2.connect(url, connect_timeout=2)
    except psycopg2.OperationalError:
        return False
    try:
        with connection.cursor() as cursor:
            cursor.execute(MAY_CREATE)
            return bool(cursor.fetchone()[0])
    finally:
        connection.close()


def find_redis():
    """An address for REDIS_URL that answers, or None."""
    url = os.environ.get("TEST_REDIS_URL") or LOCAL_REDIS
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=2) as client:
            client.ping()
    except redis.RedisError:
        return None
    return url


def find_browser():
    return shutil.which(os.environ.get("CHROMIUM") or "/usr/bin/chromium")


def find_office():
    """LibreOffice, if what it makes can also be turned into pictures."""
    return shutil.which("pdftoppm") and shutil.which("soffice")
