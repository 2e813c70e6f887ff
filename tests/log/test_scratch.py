"""A folder to work in is gone at the end, also when its process was killed in the middle."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fieldkit.cli.backup import back_up
from fieldkit.errors import WrongUsage
from fieldkit.log.scratch import LOCK, clear, scratch
from fieldkit.sync.central.audit.folder import into

WORK = """
import sys, time
from pathlib import Path
from fieldkit.log.scratch import scratch
with scratch(Path(sys.argv[1]), "backup") as folder:
    (folder / "backup.zip").write_bytes(b"names of people")
    print(folder.name, flush=True)
    time.sleep(60)
"""


def working(folder: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen([sys.executable, "-c", WORK, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


@pytest.mark.skipif(sys.platform == "win32", reason="there nobody is killed like this")
def test_what_a_killed_backup_left_goes_with_the_next_one_and_a_running_one_stays(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_bytes(b"")
    (killed, left), (running, used) = working(tmp_path), working(tmp_path)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert (tmp_path / left / "backup.zip").exists()
    back_up(home, tmp_path / "all.backup")
    assert not (tmp_path / left).exists() and (tmp_path / used / "backup.zip").exists()
    running.kill()
    running.wait()
    with pytest.raises(WrongUsage, match="exists already"):
        back_up(home, tmp_path / "all.backup")
    assert not (tmp_path / used).exists(), "also when nothing is written"
    (killed, left) = working(tmp_path)
    killed.kill()
    killed.wait()
    (tmp_path / left).rename(tmp_path / left.replace("backup", "audit"))
    with pytest.raises(WrongUsage, match="exists already"), into(home):
        raise AssertionError
    (killed, used) = working(tmp_path)
    killed.kill()
    killed.wait()
    assert [one.name for one in clear(tmp_path, ".fieldkit-backup-")] == [used]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["all.backup", "home"]


def test_nothing_is_deleted_that_is_not_ours_and_left(tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / LOCK).write_bytes(b"")
    (tmp_path / ".fieldkit-audit-link").symlink_to(other)
    (tmp_path / ".fieldkit-audit-young").mkdir()
    assert clear(tmp_path, ".fieldkit-audit-") == [] and other.is_dir()
    with pytest.raises(ValueError, match="in the middle"), scratch(tmp_path, "audit") as folder:
        (folder / "x").write_bytes(b"x")
        raise ValueError("in the middle")
    assert not folder.exists()
