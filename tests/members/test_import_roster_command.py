"""`manage.py import_roster`: the same importer for IT staff, in JSON."""

import json
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from members.models import Organization, PartyMember
from nanchuan.kernel.models import Event, ImportBatch
from tests import rosters
from tests.portal.demo import load
from tests.rosters import another, line

pytestmark = pytest.mark.django_db


@pytest.fixture
def command(tmp_path, capsys):
    """Run the command on a file; answers with its exit code, its JSON and its sentence."""

    def run(data, *options):
        path = tmp_path / "名册.xlsx"
        path.write_bytes(data)
        capsys.readouterr()
        code, sentence = 0, ""
        try:
            call_command("import_roster", str(path), *options)
        except CommandError as error:
            code, sentence = error.returncode, str(error)
        out = capsys.readouterr().out
        return code, json.loads(out) if out else None, sentence

    return run


def file(*lines):
    return rosters.xlsx(rosters.table(*lines))


def test_a_preview_says_everything_and_saves_nothing(command, cast):
    code, told, _sentence = command(file(line(), another(1, 学历="博学")))
    assert code == 0
    assert told == {
        "counts": {"new": 1, "same": 0, "changed": 0, "warning": 0, "error": 1},
        "rows": [
            {"row": 2, "state": "new", "reasons": []},
            {"row": 3, "state": "error", "reasons": [told["rows"][1]["reasons"][0]]},
        ],
    }
    assert told["rows"][1]["reasons"][0].startswith("学历：应为")
    assert PartyMember.objects.count() == 3 and not ImportBatch.objects.exists()


def test_apply_takes_in_and_the_portal_can_take_it_back(command, cast):
    code, told, _sentence = command(file(line(), another(1)), "--apply")
    assert (code, told["counts"]["new"]) == (0, 2)
    batch = ImportBatch.objects.get()
    assert (batch.status, batch.by) == ("applied", None)
    assert Event.objects.get(name="members.imported").facts["new"] == 2
    code, told, _sentence = command(file(line(), another(1)), "--apply")
    assert (code, told["counts"]["same"]) == (0, 2)
    assert ImportBatch.objects.count() == 1


def test_errors_block_unless_they_are_to_be_skipped(command, cast):
    bad = file(line(), another(1, 学历="博学"))
    code, told, sentence = command(bad, "--apply")
    assert code == 1 and "有 1 行出错" in sentence and told["counts"]["error"] == 1
    assert PartyMember.objects.count() == 3
    assert command(bad, "--apply", "--skip-errors")[0] == 0
    assert PartyMember.objects.count() == 4


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\0\1\2", b"a,b\n1,2"])
def test_what_cannot_be_read_is_a_sentence(command, cast, data):
    code, told, sentence = command(data)
    assert code == 1 and told is None and "。" in sentence


def test_a_file_that_is_not_there_is_a_sentence(db):
    with pytest.raises(CommandError, match="读不到文件"):
        call_command("import_roster", "/nowhere/名册.xlsx")


@pytest.mark.xdist_group("demo")
def test_a_roster_of_the_demo_comes_in(command, db, var, monkeypatch):
    load(monkeypatch, var)
    branches = Organization.objects.branches().values_list("name", flat=True)[:3]
    lines = [another(number, 所在党组织=name) for number, name in enumerate(branches)]
    code, told, _sentence = command(file(*lines), "--apply")
    assert (code, told["counts"]["new"]) == (0, 3)


@pytest.fixture
def var(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return tmp_path


def test_the_sentence_goes_to_stderr_and_the_exit_code_is_one(tmp_path):
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"<html>")
    done = subprocess.run(
        [sys.executable, "manage.py", "import_roster", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "网页" in done.stderr and "Traceback" not in done.stderr
