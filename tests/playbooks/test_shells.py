# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""reg.exe in shells over winrm and psrp, whose plugins differ between releases of ansible-core. tests/wine has more."""

from __future__ import annotations

import typing as t

import pytest

from ..support.expectations import LSA
from ..support.fleet import CONNECTIONS, over_both
from ..support.imitation import RELEASE, ImitatedRegistry

if t.TYPE_CHECKING:
    from pathlib import Path

    from ..support.fleet import Fleet

    FleetFactory = t.Callable[..., Fleet]


@pytest.mark.canary
def test_a_host_that_forbids_wmi_is_served_by_reg_exe(fleet: FleetFactory, tmp_path: Path) -> None:
    registries = {connection: ImitatedRegistry(tmp_path / connection) for connection in CONNECTIONS}
    subject = fleet(
        {
            connection: {
                "connection": connection,
                "reg_exe": registry.reg_exe,
                "misbehave": {"fault": "access_denied", "only": ["wmi"]},
            }
            for connection, registry in registries.items()
        }
    )
    run = subject.play(
        {"name": "facts", "winsec.lsa.use_machine_id_facts": {}},
        {"name": "enforce", "winsec.lsa.use_machine_id": {}},
        {"name": "again", "winsec.lsa.use_machine_id": {"via": "reg"}},
    )
    assert run.exit_status == 0, run.output
    for host, registry in registries.items():
        facts = run.of("facts")[host].result["ansible_facts"]["use_machine_id"]
        assert (facts["windows"]["release"], facts["effective"]) == (RELEASE, "anonymous")
        assert [run.of(task)[host].status for task in ("enforce", "again")] == ["changed", "ok"]
        assert registry.values(LSA)["UseMachineId"] == "REG_DWORD    0x1"


def test_the_endpoint_says_in_clear_words_that_it_is_not_windows(fleet: FleetFactory) -> None:
    """Its password must not be a word that it says."""
    subject = fleet(over_both({"host": {}}))
    run = subject.play({"winsec.lsa.use_machine_id": {"via": "reg"}})
    for result in run.results:
        assert "This is winsec-endpoint, not Windows" in result.result["msg"], result


def test_a_shell_is_opened_again_where_there_was_no_room_for_it(fleet: FleetFactory, tmp_path: Path) -> None:
    """Three times in all. It is a read: what comes first is the version."""
    forms: dict[str, dict[str, t.Any]] = {
        "passes": {"fault": "quota_shells", "times": 2},
        "lasts": {"fault": "quota_operations"},
    }
    hosts = over_both({name: {"misbehave": {"only": ["Create"], **form}} for name, form in forms.items()})
    subject = fleet({name: {"reg_exe": ImitatedRegistry(tmp_path / name).reg_exe, **hosts[name]} for name in hosts})
    run = subject.play({"name": "enforce", "winsec.lsa.use_machine_id": {"via": "reg"}})
    statuses = {host: found.status for host, found in run.of("enforce").items()}
    for connection in CONNECTIONS:
        assert (statuses[f"passes-{connection}"], statuses[f"lasts-{connection}"]) == ("changed", "failed")
        for name in forms:
            assert subject.actions(f"{name}-{connection}")["Create"] == 3


#: Misbehavior of a shell, the status of the task, and what the message has to say.
FAILURES: dict[str, tuple[dict[str, t.Any], str, str]] = {
    "denied": ({"fault": "access_denied"}, "failed", "WinRM on the host does not run a command for this user: "),
    "quota": ({"fault": "quota_shells"}, "failed", "WinRM on the host does not run a command for this user: "),
    "page": ({"body": "html_502"}, "failed", "answers with HTTP status 502 and no WS-Management content. Check host"),
    "closed": ({"close_connection": True}, "unreachable", "The connection to the host was lost"),
    "lost": ({"close_connection": True, "only": ["Command"]}, "unreachable", "The connection to the host was lost"),
}


def test_a_shell_that_is_refused_or_lost(fleet: FleetFactory, tmp_path: Path) -> None:
    reg_exe = ImitatedRegistry(tmp_path / "registry").reg_exe
    subject = fleet(
        over_both(
            {
                name: {"reg_exe": reg_exe, "misbehave": {"only": ["shells"], **form}}
                for name, (form, _status, _words) in FAILURES.items()
            }
        )
    )
    run = subject.play({"name": "enforce", "winsec.lsa.use_machine_id": {"via": "reg"}})
    for name, (_form, status, words) in FAILURES.items():
        for connection in CONNECTIONS:
            found = run.of("enforce")[f"{name}-{connection}"]
            assert found.status == status, found
            assert words in found.result["msg"], found
            assert "<" not in found.result["msg"], "no page is shown"
            if name == "lost":
                actions = subject.actions(f"{name}-{connection}")
                assert actions["Create"] == 1
                assert actions["Delete"] == 0, "nothing is closed on a host that is lost"
