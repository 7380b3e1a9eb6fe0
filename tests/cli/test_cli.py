"""The command line as an operator meets it: a process, its output and its exit code."""

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from gateway.cli.main import cli
from tests.cli.forking import Forks
from tests.make import TEST_ENV

GATEWAY = str(Path(sys.executable).with_name("gateway"))
MESSAGES = [
    ("Watu wenye silaha wanakuja Moa", "report"), ("JOIN Moa", "command"), ("thanks", "chat"),
    ("armed men near Kipini", "report"), ("STOP", "command"), ("", None),
    ("on a vu des hommes armés près de Garsen", "report"), ("asante sana", "chat"),
    ("🔥🔥🔥", "chat"), ("<b>attack</b> at Witu", "report"), ("=1+1 attack at Ngao", "report"),
    ("they burn houses in Tarasaa now", "report"), ("LANG sw", "command"), ("HELP", "command"),
    ("people are fleeing from Minjila to Garsen", "report"), ("a" * 10_000, None),
    ("road blocked by men with guns at Idsowe", "report"), ("acha", "command"),
    ("watoto wametekwa Oda", "report"), ("stop them they burn Moa", "report"),
]  # fmt: skip
KEYS = {"id", "kind", "language", "hazard", "hazards", "place", "places", "movement", "when",
        "count", "why"}  # fmt: skip


class Operator:
    """Runs `gateway …` in a folder of its own: started anew, or as one of the forks."""

    def __init__(self, folder: Path, forks: Forks | None = None, **environ: str) -> None:
        clean = {name: value for name, value in os.environ.items() if "GATEWAY" not in name}
        self.folder, self.forks = folder, forks
        self.environ = clean | TEST_ENV | environ

    def __call__(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        if self.forks:
            return self.forks.run(words, self.folder, self.environ, stdin)
        return subprocess.run(
            [GATEWAY, *words],
            input=stdin, capture_output=True, text=True, timeout=120,
            cwd=self.folder, env=self.environ, check=False,
        )  # fmt: skip


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    forks = Forks(tmp_path_factory.mktemp("forks"))
    yield forks
    forks.stop()


@pytest.fixture
def started_anew(tmp_path: Path) -> Operator:
    return Operator(tmp_path)


@pytest.fixture
def gateway(tmp_path: Path, forks: Forks) -> Operator:
    return Operator(tmp_path, forks)


@pytest.fixture
def migrated(gateway: Operator, migrated_sqlite: Path) -> Operator:
    """With the database that `gateway migrate` would make."""
    (gateway.folder / "var").mkdir()
    shutil.copy(migrated_sqlite, gateway.folder / "var" / "gateway.db")
    return gateway


def test_read_prints_one_line_of_the_promised_shape_for_each_line_in_order(
    gateway: Operator, tmp_path: Path
) -> None:
    file = tmp_path / "in.jsonl"
    lines = [json.dumps({"id": str(n), "text": text}) for n, (text, _) in enumerate(MESSAGES)]
    file.write_text("\n".join(lines), encoding="utf-8")
    done = gateway("read", str(file), "--json")
    assert done.returncode == 0, done.stderr
    out = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in out] == [str(n) for n in range(len(MESSAGES))]
    assert all(set(row) >= KEYS for row in out)
    wrong = [
        (text, row["kind"])
        for (text, kind), row in zip(MESSAGES, out, strict=True)
        if kind is not None and row["kind"] != kind
    ]
    assert wrong == []
    moa = out[0]["place"]
    assert set(moa) == {"name", "lat", "lon", "precision_m", "role", "found_by", "certainty"}
    assert (moa["name"], round(moa["lat"], 2), out[0]["hazard"]) == ("Moa", -2.35, "armed_group")
    assert out[1]["command"] == {"name": "join", "args": "Moa"}
    assert not (tmp_path / "var").exists()


def test_read_takes_plain_text_from_standard_input(started_anew: Operator) -> None:
    done = started_anew("read", "--json", stdin="armed men near Moa\n\nthanks\n")
    assert [json.loads(line)["kind"] for line in done.stdout.splitlines()] == ["report", "chat"]


def test_read_expects_the_languages_that_are_named(gateway: Operator) -> None:
    done = gateway("read", "--json", "--languages", "ha,en", stdin="sun kashe mutum uku a Moa\n")
    (row,) = (json.loads(line) for line in done.stdout.splitlines())
    assert (row["language"], row["hazard"]) == ("ha", "attack")
    assert row["casualties"] == [{"state": "killed", "count": 3, "low": 3, "high": 3}]
    refused = gateway("read", "--languages", "xx", stdin="x\n")
    assert refused.returncode != 0
    assert "no words are known of xx: there are am, ar, en" in refused.stderr


def test_read_counts_the_time_from_when_a_message_came_in(gateway: Operator) -> None:
    message = {
        "text": "attack in Moa yesterday at 10pm",
        "received_at": "2026-03-14T08:00:00+03:00",
    }
    done = gateway("read", "--json", stdin=json.dumps(message) + "\n")
    assert json.loads(done.stdout)["when"] == {
        "text": "yesterday 10pm",
        "from": "2026-03-13T21:30:00+03:00",
        "to": "2026-03-13T22:30:00+03:00",
    }
    message["received_at"] = "soon"
    refused = gateway("read", "--json", stdin=json.dumps(message) + "\n")
    assert "line 1: received_at is 'soon'" in refused.stderr


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ('"text": ["x"]', "line 2: text is not a string"),
        (
            '"text": "x", "sender_place": {"lat": null, "lon": 40}',
            "line 2: sender_place is no point",
        ),
        ('"text": "x", "sender_place": {"lat": 91, "lon": 40}', "line 2: sender_place is no point"),
        (
            '"text": "x", "sender_place": {"lat": NaN, "lon": 40}',
            "line 2: sender_place is no point",
        ),
        ('"text": "x", "received_at": "0001-01-01T00:00+03:00"', "line 2: received_at is '0001"),
    ],
)
def test_read_names_the_bad_line(gateway: Operator, facts: str, says: str) -> None:
    done = gateway("read", "--json", stdin='{"text": "thanks"}\n{' + facts + "}\n")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert says in done.stderr
    assert len(done.stdout.splitlines()) == 1


def test_read_takes_null_for_no_words(gateway: Operator) -> None:
    done = gateway("read", "--json", stdin='{"id": 7, "text": null}\n{"id": 8, "text": "asante"}\n')
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [7, 8]
    assert "chat: no words" in done.stdout


def test_replay_plays_in_time_order_and_sends_nothing(gateway: Operator, tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    rows = [
        ("c", "203", "10:30", "Fwd: armed men near Moa coming on motorbikes"),
        ("a", "201", "10:00", "armed men near Moa coming on motorbikes"),
        ("b", "202", "10:20", "We saw men with guns at Moa"),
        ("d", "204", "09:30", "STOP"),
        ("e", "205", "10:31", "attack in Hola, houses burning"),
    ]
    file.write_text(
        "\n".join(
            json.dumps(
                {
                    "id": key,
                    "sender": f"+254700000{phone}",
                    "text": text,
                    "received_at": f"2026-03-10T{clock}:00+03:00",
                }
            )
            for key, phone, clock, text in rows
        ),
        encoding="utf-8",
    )
    done = gateway("replay", str(file), "--json")
    assert done.returncode == 0, done.stderr
    out = {row["id"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert list(out) == ["d", "a", "b", "c", "e"]
    assert out["a"]["incident"] == out["b"]["incident"] == out["c"]["incident"]
    assert out["e"]["incident"] != out["a"]["incident"]
    assert out["c"]["copy_of"] == out["a"]["report"]
    assert (out["a"]["grade"], out["b"]["grade"], out["c"]["grade"]) == ("F6", "F2", "F2")
    assert out["d"]["kind"] == "command"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("no json", "line 1 is not JSON"),
        ('{"text": "x"}', "line 1 lacks sender, received_at"),
        ('{"sender": "1", "text": "x", "received_at": "noon"}', "expected ISO 8601"),
    ],
)
def test_replay_names_the_bad_line(gateway: Operator, tmp_path: Path, line: str, says: str) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text(line)
    done = gateway("replay", str(file), "--json")
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("somewhere", "expected sqlite:///<file> or postgresql+psycopg://"),
        ("postgresql+psycopg://me:pass:word@db:port/x", "expected sqlite:///<file> or"),
        ("oracle://me:pass:word@db/x", "expected sqlite:///<file> or"),
        ("postgresql+psycopg://me:pass:word@127.0.0.1:1/x?unheard=of", "does not answer"),
        ("sqlite:///letter.txt", "does not answer"),
        ("sqlite:///letter.txt/gateway.db", "letter.txt: File exists"),
    ],
)
def test_an_address_of_no_database_is_told_without_its_password(
    gateway: Operator, address: str, says: str
) -> None:
    (gateway.folder / "letter.txt").write_text("a letter, and no database at all, " * 20)
    (gateway.folder / "in.jsonl").write_text("")
    done = gateway("replay", "in.jsonl", "--database", address)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert says in done.stderr
    assert "pass:word" not in done.stderr


def test_keys_that_cannot_be_written_are_told(gateway: Operator) -> None:
    (gateway.folder / "letter.txt").write_text("no folder")
    gateway.environ |= {"GATEWAY_VAR": "letter.txt/var", "GATEWAY_KEYS__DATA": ""}
    done = gateway("keys", "new")
    assert (done.returncode, done.stderr) == (1, "gateway: letter.txt/var/keys: Not a directory\n")


def test_check_says_what_to_mend_and_exits_1(started_anew: Operator) -> None:
    done = started_anew("check")
    assert done.returncode == 1
    assert "gateway migrate" in done.stdout


def test_migrate_makes_the_tables_and_may_be_repeated(
    gateway: Operator, started_anew: Operator
) -> None:
    refused = gateway("user", "list")
    assert refused.returncode == 1
    assert "gateway migrate" in refused.stderr
    for operator in (started_anew, gateway):
        assert operator("migrate").returncode == 0
    assert gateway("user", "list").returncode == 0


def test_check_names_who_of_the_rota_cannot_be_called(migrated: Operator) -> None:
    for name, *more in (["amina", "--phone", "+254700000801"], ["brian"]):
        assert migrated("user", "add", name, "--role", "coordinator", *more).returncode == 0
    migrated.environ["GATEWAY_ROTA"] = '[{people = ["Amina", "brian"]}, {people = ["chebet"]}]'
    done = migrated("check")
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("rota")]
    assert "brian has no phone" in line
    assert "chebet has no account" in line
    assert "mina" not in line


def test_check_reports_all_mistakes_of_the_settings_at_once(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('timezone = "Mars"\nfoo = 1\n[policy]\napprovals = 7\n')
    done = Operator(tmp_path, GATEWAY_CONFIG=str(own))("check")
    assert done.returncode == 1
    assert all(key in done.stdout for key in ("timezone", "foo", "policy.approvals"))


def test_a_broken_settings_file_is_named(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("policy = [")
    done = Operator(tmp_path, GATEWAY_CONFIG=str(own))("migrate")
    assert done.returncode == 1
    assert "own.toml is not TOML" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_keys_nothing_but_run_starts(tmp_path: Path) -> None:
    done = Operator(tmp_path, GATEWAY_KEYS__DATA="", GATEWAY_KEYS__INDEX="")("migrate")
    assert done.returncode == 1
    assert "keys.data: no key is set" in done.stderr


def test_a_gazetteer_with_a_bad_row_keeps_the_good_ones_and_names_the_bad(
    migrated: Operator, tmp_path: Path
) -> None:
    file = tmp_path / "places.csv.gz"
    file.write_bytes(
        gzip.compress(
            b"name,lat,lon,alt_names\nMoampya,-2.3,40.3,Moa Mpya\nBad,abc,40\nHalf,91,1\n"
        )
    )
    for expected in ("1 added", "0 added, 0 changed, 1 unchanged"):
        done = migrated("gazetteer", "import", str(file), "--country", "KE")
        assert done.returncode == 0
        assert expected in done.stdout
        assert "line 3: lat is 'abc'" in done.stderr
        assert "line 4" in done.stderr
    assert "Moampya" in migrated("gazetteer", "search", "moa mpya").stdout


def test_borders_come_with_a_list_are_told_and_forgotten(
    migrated: Operator, tmp_path: Path
) -> None:
    file = tmp_path / "adm2.geojson"
    features = [
        {
            "type": "Feature",
            "properties": {"shapeName": name, "shapeType": "ADM2"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[39, -2], [west, -2], [40, -1], [39, -2]]],
            },
        }
        for name, west in (("Tana River", 40), ("Far", 999))
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    done = migrated("gazetteer", "import", str(file), "--country", "KE", "--format", "geojson")
    assert done.returncode == 0
    assert "1 outlines kept as borders" in done.stdout
    assert "feature 2: coordinates are 999, -2" in done.stderr
    told = migrated("gazetteer", "borders").stdout
    assert told == "KE\tgeojson\tlevel 2\t1 borders\t4 corners\n"
    refused = migrated("gazetteer", "borders", "--remove", "wof")
    assert refused.returncode == 1
    assert "Borders came from: geojson." in refused.stderr
    assert "1 borders of geojson" in migrated("gazetteer", "borders", "--remove", "geojson").stdout
    assert migrated("gazetteer", "borders").stdout == ""


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a,b\n1,2\n", "lacks the columns name, lat, lon"),
        (b"name,lat,lon\nX,1,200\n", "no place that could be read"),
        (b"name,lat,lon\nM\xf6a,1,2\n", "line 2: not UTF-8"),
        (b"\x1f\x8bgarbage", "cannot be read"),
        (b"", "is empty"),
    ],
)
def test_a_file_that_is_no_list_of_places_is_refused_whole(
    migrated: Operator, tmp_path: Path, content: bytes, says: str
) -> None:
    file = tmp_path / "places.csv"
    file.write_bytes(content)
    done = migrated("gazetteer", "import", str(file), "--country", "KE")
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert migrated("gazetteer", "list").stdout == ""


def test_a_place_south_of_the_equator_can_be_typed(migrated: Operator) -> None:
    assert (
        migrated("gazetteer", "add", "Moampya", "-2.3", "40.3", "--alias", "Mpya").returncode == 0
    )
    assert migrated("gazetteer", "add", "Nowhere", "-99", "40.3").returncode == 1


def test_accounts_are_added_listed_reset_and_disabled(migrated: Operator) -> None:
    added = migrated("user", "add", "zawadi", "--role", "coordinator", "--phone", "+254700000999")
    assert "One-time password" in added.stdout
    given = migrated("user", "add", "tatu", "--role", "viewer", "--password-stdin",
                     stdin="four words are good\n")  # fmt: skip
    assert "One-time" not in given.stdout
    listed = migrated("user", "list").stdout
    assert "zawadi\tcoordinator\tactive\thas a phone" in listed
    assert "700000999" not in listed
    assert "One-time password" in migrated("user", "reset", "zawadi").stdout
    assert migrated("user", "disable", "zawadi").returncode == 0
    assert "zawadi\tcoordinator\tdisabled" in migrated("user", "list").stdout
    assert migrated("user", "disable", "nobody").returncode == 1
    assert migrated("user", "add", "zawadi", "--role", "viewer").returncode == 1
    assert migrated("user", "add", "x", "--role", "king").returncode == 2


@pytest.mark.parametrize("kind", ["incidents", "alerts", "subscribers"])
def test_a_table_without_rows_has_its_head(migrated: Operator, kind: str) -> None:
    (head,) = migrated("export", kind, "--format", "csv").stdout.splitlines()
    assert migrated("export", kind, "--format", "hxl").stdout.splitlines()[0] == head
    assert head.startswith("id,")
    assert ("killed_low,killed_high" in head) == (kind == "incidents")
    assert migrated("export", kind).stdout == ""


def test_export_hides_what_is_private_and_reveal_is_audited(migrated: Operator) -> None:
    played = migrated("exercise", "--speed", "50")
    assert played.returncode == 0, played.stdout + played.stderr
    assert "warned exactly once: 36 of 36" in played.stdout
    assert "missed: 0; more than once: 0; outside or after STOP: 0" in played.stdout
    hidden = migrated("export", "messages").stdout
    assert "+254" not in hidden
    assert "silaha" not in hidden
    assert "silaha" in migrated("export", "messages", "--reveal", "--format", "csv").stdout
    assert "export.reveal" in migrated("export", "audit").stdout
    features = json.loads(migrated("export", "incidents", "--format", "geojson").stdout)
    assert features["features"][0]["geometry"]["type"] == "Point"
    hxl = migrated("export", "incidents", "--format", "hxl").stdout.splitlines()
    assert hxl[1].startswith("#meta+id,#status,#event+type")
    assert "silaha" not in migrated("export", "reports").stdout
    for moment in ("noon", "0001-01-01T00:00+03:00"):
        assert migrated("export", "alerts", "--since", moment).returncode == 2
    assert "The audit chain holds" in migrated("audit", "verify").stdout


def test_keys_are_rotated_and_old_values_open_with_the_new_ring(
    gateway: Operator, tmp_path: Path
) -> None:
    for name in [name for name in gateway.environ if name.startswith("GATEWAY_KEYS")]:
        del gateway.environ[name]
    assert "Made" in gateway("keys", "new").stdout
    assert gateway("migrate").returncode == 0
    assert (
        gateway("user", "add", "zawadi", "--role", "admin", "--phone", "+254700000999").returncode
        == 0
    )
    first = (tmp_path / "var/keys/data").read_text()
    assert "1 values were sealed" in gateway("keys", "rotate").stdout
    second = (tmp_path / "var/keys/data").read_text()
    assert second.endswith(first)
    assert (tmp_path / "var/keys/data").stat().st_mode & 0o777 == 0o600
    (tmp_path / "var/keys/data").write_text(second.split(",")[0])  # the old key is gone
    assert "zawadi\tadmin\tactive\thas a phone" in gateway("user", "list").stdout


def test_a_scenario_that_is_wrong_is_explained(migrated: Operator, tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text('title = "x"\ncountry = "KE"\npatience_s = 0\npeople = []\nsteps = []\n')
    done = migrated("exercise", str(file))
    assert done.returncode == 1
    assert all(word in done.stderr for word in ("patience_s", "people", "steps"))
    assert "river_delta" in migrated("exercise", "nonsense").stderr


def test_a_report_without_a_folder_is_refused_before_the_exercise(migrated: Operator) -> None:
    done = migrated("exercise", "--report", "gone/after.html")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no folder gone" in done.stderr


def test_an_exercise_says_which_line_of_its_outcome_was_not_met(
    migrated: Operator, tmp_path: Path
) -> None:
    file = tmp_path / "small.toml"
    file.write_text(
        """
title = "One report"
country = "KE"
patience_s = 1
[[people]]
name = "moa"
place = "Moa"
language = "en"
count = 1
[[steps]]
at_s = 1
from = "moa-1"
text = "armed men are coming to Moa"
[outcome]
count = 1
[[outcome.incidents]]
name = "armed men"
hazard = "armed_group"
phones = ["moa-1"]
sources = 2
"""
    )
    done = migrated("exercise", str(file), "--speed", "10")
    assert done.returncode == 1, done.stderr
    assert "NOT  incident 'armed men': sources 2 expected, 1 found" in done.stdout
    assert "ok   incidents 1" in done.stdout
    assert "nobody is to be warned; warned nevertheless: 0" in done.stdout


def test_wrong_usage_exits_2_and_every_command_has_help(
    gateway: Operator, started_anew: Operator
) -> None:
    for operator in (gateway, started_anew):
        assert operator("nonsense").returncode == 2
        assert operator("gazetteer", "import").returncode == 2
    for words in ("run", "web", "worker", "scheduler", "migrate", "check", "read", "replay",
                  "exercise", "export", "purge"):  # fmt: skip
        done = gateway(words, "--help")
        assert (done.returncode, "Usage" in done.stdout) == (0, True)


def test_the_help_says_of_each_command_what_the_command_says_itself(started_anew: Operator) -> None:
    context = click.Context(cli)
    listed = " ".join(started_anew("--help").stdout.split())
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        assert command.help is not None
        assert command.name == name
        assert f"{name} {command.help.splitlines()[0]}" in listed


@pytest.mark.parametrize(
    ("module", "unneeded"),
    [("main", ["sqlalchemy", "pydantic"]), ("people", ["numpy", "wordfreq", "flask", "twilio"])],
)
def test_a_command_does_not_wait_for_what_it_does_not_need(
    module: str, unneeded: list[str]
) -> None:
    look = f"import sys, gateway.cli.{module}; print([n for n in {unneeded} if n in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", look], text=True) == "[]\n"
