"""What a command's outputs and what lies beside them go through."""

from buildgraph.act.staging import Stage, _note_others


def test_what_has_gone_since_it_was_listed_is_nobodys(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stage = Stage("staged", [])

    _note_others(stage, "gone")

    assert stage == Stage("staged", [])
