# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each failure has its status and its message, the same on every release of ansible-core."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

from ..support.expectations import LSA
from ..support.fleet import CONNECTIONS, PASSWORD, over_both, registry, value

if t.TYPE_CHECKING:
    from ..support.fleet import Fleet, FleetFactory

NAME = rf"HKLM\{LSA}\UseMachineId"
DENIED = "WinRM or WMI on the host denied access to this user"
NOT_WSMAN = "instead of a WS-Management response (HTTP status {})"

#: Misbehavior of a host, the status of the task, and what the message has to say.
FAILURES: dict[str, tuple[dict[str, t.Any], str, str]] = {
    "denyreads": ({"deny_reads": True}, "failed", f"When reading {NAME}, the registry of the host denied access"),
    "denyreadsfault": ({"deny_reads": "fault"}, "failed", f"When reading {NAME}, {DENIED}"),
    "winrmdenied": ({"fault": "access_denied"}, "failed", f"When reading the Windows version, {DENIED}"),
    "providerdenied": ({"fault": "provider_access_denied"}, "failed", f"When reading the Windows version, {DENIED}"),
    "wmidenied": ({"fault": "wmi_access_denied"}, "failed", "LocalAccountTokenFilterPolicy"),
    "quotashells": ({"fault": "quota_shells"}, "failed", "A WinRM quota of the host is used up"),
    "quotaoperations": ({"fault": "quota_operations"}, "failed", "A WinRM quota of the host is used up"),
    "timeout": ({"fault": "operation_timeout"}, "failed", "after the operation timeout"),
    "internal": (
        {"fault": "internal_error"},
        "failed",
        f"When reading the Windows version, {DENIED} (InternalError",
    ),
    "unknown": ({"fault": "unknown"}, "failed", "the host returned a fault"),
    "html": ({"body": "html_200"}, "failed", f"an HTML page {NOT_WSMAN.format(200)}"),
    "html403": ({"body": "html_403"}, "failed", f"an HTML page {NOT_WSMAN.format(403)}"),
    "html502": ({"body": "html_502"}, "failed", f"an HTML page {NOT_WSMAN.format(502)}"),
    "empty": ({"body": "empty_200"}, "failed", f"an empty body {NOT_WSMAN.format(200)}"),
    "notfound": ({"body": "empty_404"}, "failed", "Nothing is served at this path"),
    "toolarge": ({"body": "empty_413"}, "failed", "MaxEnvelopeSizekb"),
    "unencrypted": ({"body": "empty_500"}, "failed", "refuses unencrypted messages"),
    "garbage": ({"body": "garbage"}, "failed", "a body that is not well-formed XML"),
    "truncated": ({"body": "truncated"}, "failed", "a body that is not well-formed XML"),
    "laughs": ({"body": "billion_laughs"}, "failed", "XML with a document type or entities"),
    "external": ({"body": "external_entity"}, "failed", "XML with a document type or entities"),
    "wrongid": ({"relates_to": "wrong"}, "failed", "the answer to another message"),
    "noid": ({"relates_to": "missing"}, "failed", "an answer that names no message"),
    "nocode": ({"return_value": "missing"}, "failed", "the host sent no return value"),
    "closed": ({"close_connection": True}, "unreachable", "The connection to the host was lost"),
    "denywrites": ({"deny_writes": True}, "failed", f"When writing {NAME}, the registry of the host denied access"),
    "denywritesfault": ({"deny_writes": "fault"}, "failed", f"When writing {NAME}, {DENIED}"),
    "lostwrite": ({"lose_writes": True}, "failed", "was set to REG_DWORD 1, but afterwards there is none"),
    "writeclosed": (
        {"close_connection": True, "only": ["writes"]},
        "unreachable",
        "The connection to the host was lost",
    ),
    "prooffails": (
        {"fault": "internal_error", "only": ["GetDWORDValue"], "after": 3},
        "failed",
        f"When reading {NAME}, {DENIED}",
    ),
}


def run_module(subject: Fleet, **options: t.Any) -> t.Any:
    return subject.play({"winsec.lsa.use_machine_id": options})


@pytest.mark.canary
def test_each_failure_has_its_status_and_its_words(fleet: FleetFactory) -> None:
    subject = fleet(over_both({name: {"misbehave": rule} for name, (rule, _status, _words) in FAILURES.items()}))
    run = run_module(subject)
    assert run.exit_status not in (0, 250), run.output
    for host, found in run.of("use_machine_id").items():
        _rule, status, words = FAILURES[host.rpartition("-")[0]]
        assert found.status == status, (host, found)
        assert words in found.result["msg"], (host, found.result["msg"])
    assert len(run.results) == 2 * len(FAILURES)
    for leak in ("Traceback", "traceback", PASSWORD, "Bug in winsec.lsa"):
        assert leak not in run.output


def test_a_failed_write_leaves_things_as_they_were_and_says_so(fleet: FleetFactory) -> None:
    subject = fleet(
        {
            "denied": {"misbehave": {"deny_writes": True}, "registry": registry(("REG_SZ", "1"))},
            "lost": {"misbehave": {"lose_writes": True}},
            "second": {"misbehave": {"deny_writes": True, "only": ["SetDWORDValue"], "after": 2}},
            "proof": {"misbehave": {"fault": "internal_error", "only": ["GetDWORDValue"], "after": 3}},
            "garbled": {"misbehave": {"body": "truncated", "only": ["writes"]}},
            "gone": {"misbehave": {"close_connection": True, "only": ["writes"]}},
        }
    )
    results = run_module(subject, null_session_fallback="disabled").of("use_machine_id")
    assert {host: (result.status, result.result["changed"]) for host, result in results.items()} == {
        "denied": ("failed", False),
        "lost": ("failed", False),
        "second": ("failed", True),
        "proof": ("failed", True),
        "garbled": ("failed", True),
        "gone": ("unreachable", False),
    }
    assert results["garbled"].result["use_machine_id"]["configured"] == "enabled", "the write was made all the same"
    assert results["gone"].result["use_machine_id"]["configured"] == "not_defined"
    assert f"Read again: {NAME} is absent." in results["gone"].result["msg"]
    assert results["denied"].result["previous"]["use_machine_id"]["value"] == {"type": "REG_SZ", "data": "1"}
    assert results["second"].result["use_machine_id"]["configured"] == "enabled"
    assert value(subject.stored("denied"), LSA, "UseMachineId") == ("REG_SZ", "1")


@pytest.mark.canary
def test_a_class_that_no_namespace_has_is_told_with_what_each_of_them_says(fleet: FleetFactory) -> None:
    """Before Windows Vista and from then on, it is in another one; what is missing is the WMI repository's fault."""
    subject = fleet(over_both({"host": {"answers": {"namespaces": []}}}))
    for host, found in run_module(subject, via="wmi").of("use_machine_id").items():
        assert (found.status, found.result["changed"]) == ("failed", False), host
        for namespace in ("root/cimv2", "root/default"):
            assert f"{namespace}/StdRegProv: DestinationUnreachable, 0x80338000: " in found.result["msg"], found
        assert "winmgmt /verifyrepository" in found.result["msg"]


@pytest.mark.canary
def test_a_write_that_neither_way_makes_leaves_a_state_that_is_known(fleet: FleetFactory) -> None:
    """WMI refuses the write, and there is no shell for the fallback: what is stored is read over WMI again."""
    refused = {"fault": "wmi_access_denied", "only": ["SetDWORDValue"]}
    subject = fleet(
        over_both({"opened": {"misbehave": refused, "answers": {"shell": "opened"}}, "closed": {"misbehave": refused}})
    )
    for host, found in run_module(subject).of("use_machine_id").items():
        assert (found.status, found.result["changed"]) == ("failed", False), host
        assert f"When writing {NAME}, {DENIED}" in found.result["msg"]
        assert "The fallback, reg.exe in a shell of the connection, failed too: " in found.result["msg"]
        assert "not known" not in found.result["msg"]
        assert found.result["use_machine_id"]["configured"] == "not_defined", host


def test_a_second_run_converges_after_a_failure(fleet: FleetFactory) -> None:
    subject = fleet({"host": {"misbehave": {"close_connection": True, "only": ["writes"], "times": 1}}})
    results = [run_module(subject).results[0] for _run in range(3)]
    assert [result.status for result in results] == ["unreachable", "changed", "ok"], results


@pytest.mark.canary
def test_facts_never_change_and_fail_in_the_same_words(fleet: FleetFactory) -> None:
    hosts = {"denied": {"misbehave": {"deny_reads": True}}, "lost": {"misbehave": {"close_connection": True}}}
    results = fleet(hosts).play({"winsec.lsa.use_machine_id_facts": {}}).of("use_machine_id_facts")
    assert {host: result.status for host, result in results.items()} == {"denied": "failed", "lost": "unreachable"}
    assert all("ansible_facts" not in result.result for result in results.values())


SECRET = "s3cret-that-must-not-show"


def unreachable_hosts(known: dict[str, dict[str, t.Any]], connection: str) -> dict[str, tuple[dict[str, t.Any], str]]:
    """Hosts that can't be reached, made of reachable ones by a wrong option: their variables, and the words for it."""
    winrm = connection == "winrm"

    def option(name: str, value: t.Any) -> dict[str, t.Any]:
        return {f"ansible_{connection}_{name}": value}

    https = option("scheme" if winrm else "protocol", "https")
    any_certificate = option("server_cert_validation" if winrm else "cert_validation", "ignore")
    impatient = (
        {**option("read_timeout_sec", 3), **option("operation_timeout_sec", 1)} if winrm else option("read_timeout", 3)
    )
    proxy = option("proxy", f"http://me:{SECRET}@127.0.0.1:1/")
    return {
        "refused": ({**known["host"], "ansible_port": 1}, "The host refused the connection"),
        "unnamed": (
            {**known["host"], "ansible_host": "no-such-host.invalid"},
            "name of the host could not be resolved",
        ),
        "password": ({**known["host"], "ansible_password": SECRET}, "The host refused the login"),
        "user": ({**known["host"], "ansible_user": "Nobody", "ansible_password": SECRET}, "The host refused the login"),
        "untrusted": ({**known["tls"], **option("ca_trust_path" if winrm else "ca_cert", None)}, "is not accepted"),
        "notls": ({**known["host"], **https, **any_certificate}, "TLS with the host failed"),
        "slow": ({**known["slow"], **impatient}, "did not answer in time"),
        "proxy": ({**known["host"], **proxy}, "The proxy between controller and host did not let the request through"),
    }


@pytest.mark.canary
@pytest.mark.parametrize("via", ["auto", "reg"])
def test_a_host_that_cannot_be_reached_or_refuses_the_login(fleet: FleetFactory, via: str) -> None:
    subject = fleet(over_both({"host": {}, "tls": {"scheme": "https"}, "slow": {"misbehave": {"delay": 30}}}))
    listed = yaml.safe_load(subject.inventory.read_text())["windows"]["hosts"]
    rows = {}
    for connection in CONNECTIONS:
        known = {name.partition("-")[0]: form for name, form in listed.items() if name.endswith(connection)}
        rows.update({f"{name}-{connection}": row for name, row in unreachable_hosts(known, connection).items()})
    subject.inventory.write_text(
        yaml.safe_dump({"windows": {"hosts": {name: form for name, (form, _words) in rows.items()}}})
    )
    run = run_module(subject, via=via)
    for name, (_form, words) in rows.items():
        found = run.of("use_machine_id")[name]
        assert found.status == "unreachable", (name, found)
        assert words in found.result["msg"], (name, found.result["msg"])
    for leak in (SECRET, PASSWORD, "Traceback"):
        assert leak not in run.output
    for connection in CONNECTIONS:
        refused = [request for request in subject.requests(f"host-{connection}") if not request["authenticated"]]
        assert len(refused) == 2, "one for each wrong login: more could lock an account"


@pytest.mark.parametrize("password", [SECRET, "s3cret/that-must"])
def test_an_address_of_a_proxy_that_cannot_be_used_does_not_show_its_login(fleet: FleetFactory, password: str) -> None:
    proxy = f"http://me:{password}@127.0.0.1:99999/"
    tasks = [{"name": via, "winsec.lsa.use_machine_id": {"via": via}, "ignore_errors": True} for via in ("auto", "reg")]
    subject = fleet(over_both({"host": {}}))
    # Ansible itself shows what is in the playbook.
    listed = yaml.safe_load(subject.inventory.read_text())
    listed["windows"]["vars"] = {"ansible_winrm_proxy": proxy, "ansible_psrp_proxy": proxy}
    subject.inventory.write_text(yaml.safe_dump(listed))
    run = subject.play(*tasks)
    for result in run.results:
        assert result.status == "failed", result
        assert "The address of the host or of a proxy can't be used" in result.result["msg"], result
    assert len(run.results) == 4
    assert "s3cret" not in run.output


@pytest.mark.canary
def test_what_is_not_possible_is_refused_in_plain_words(fleet: FleetFactory) -> None:
    subject = fleet({"host": {}})
    run = subject.play(
        {
            "name": "local",
            "winsec.lsa.use_machine_id": {},
            "vars": {"ansible_connection": "local"},
            "ignore_errors": True,
        },
        {"name": "async", "winsec.lsa.use_machine_id_facts": {}, "async": 10, "poll": 1, "ignore_errors": True},
        {"name": "state", "winsec.lsa.use_machine_id": {"state": "on"}, "ignore_errors": True},
        {"name": "option of facts", "winsec.lsa.use_machine_id_facts": {"state": "enabled"}, "ignore_errors": True},
        {"name": "option", "winsec.lsa.use_machine_id": {"status": "enabled"}, "ignore_errors": True},
    )
    messages = {result.task: (result.status, result.result["msg"]) for result in run.results}
    assert {status for status, _message in messages.values()} == {"failed"}, messages
    assert (
        "'local' can't be used to reach the registry of a Windows host. Set ansible_connection" in messages["local"][1]
    )
    assert "async" in messages["async"][1]
    assert "must be one of: enabled, disabled" in messages["state"][1]
    assert "Unsupported parameters for (winsec.lsa.use_machine_id_facts)" in messages["option of facts"][1]
    assert "Unsupported parameters for (winsec.lsa.use_machine_id)" in messages["option"][1]
    assert "ansible_collections" not in "".join(message for _status, message in messages.values())
    assert "Traceback" not in run.output


def test_the_slower_public_way_is_taken_for_several_transports(fleet: FleetFactory) -> None:
    subject = fleet({"host": {"answers": {"shell": "opened"}}, "noshell": {}})
    run = subject.play(
        {"name": "enforce", "winsec.lsa.use_machine_id": {}}, vars={"ansible_winrm_transport": ["basic", "plaintext"]}
    )
    assert run.of("enforce")["host"].status == "changed", run.output
    assert subject.actions("host")["Create"] == 1
    assert subject.actions("host")["Delete"] == 1
    assert run.of("enforce")["noshell"].status == "unreachable"
    assert "gather_facts: false" in run.of("enforce")["noshell"].result["msg"]


@pytest.mark.canary
def test_the_guide_has_what_ansible_core_alone_says_of_gather_facts(fleet: FleetFactory) -> None:
    guide = Path(__file__).parents[2] / "docs" / "docsite" / "rst" / "guide_troubleshoot.rst"
    run = fleet({"host": {}}).play(gather_facts=True)
    said = "The module ansible.legacy.setup was redirected to ansible.windows.setup, which could not be loaded."
    assert said in run.output
    assert f"``{said}``" in guide.read_text()
