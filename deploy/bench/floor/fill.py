"""Makes the floor's tables, fills them, and prints the page to measure as JSON."""

import datetime
import json
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "floor.settings")
FULL_PAGE = 25
BRANCH = 7


def main(members):
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from floor.models import Row

    call_command("migrate", run_syncdb=True, verbosity=0)
    born, joined = datetime.date(1980, 1, 1), datetime.date(2005, 7, 1)
    rows = (
        Row(
            branch=BRANCH if number < 2 * FULL_PAGE else number % max(BRANCH, members // 16),
            number=f"M{number:09}",
            name="王小明",
            gender="男",
            born_on=born + datetime.timedelta(number % 9000),
            joined_on=joined + datetime.timedelta(number % 4000),
            post="组织委员",
            standing="正式",
        )
        for number in range(members)
    )
    Row.objects.bulk_create(rows, batch_size=5000)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    client = Client()
    client.force_login(User.objects.create_user("bench"))
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    print(json.dumps({"path": f"/table/?branch={BRANCH}", "cookie": cookie}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
