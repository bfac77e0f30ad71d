# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every inventory in the guides on WinRM and PSRP works when it is pasted with one's own names."""

from __future__ import annotations

import typing as t

import pytest
import yaml

from ..docs.inventories import ASK, GET_TICKET, TYPE_PASSWORD, commands, hosts, inventories, paste
from ..support.expectations import LSA, ONE
from ..support.fleet import PASSWORD, value
from ..support.logins import WAYS, Way
from ..support.proxy import Proxy, running_proxy
from .kdc import ACCOUNT, KERBEROS, KINIT
from .kdc import PASSWORD as KERBEROS_PASSWORD

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..docs.snippets import Snippet
    from ..support.fleet import FleetFactory

KERBEROS_HTTP = Way(KERBEROS, "kerberos", encrypted=True)
#: With more than one transport the plugin looks for the first by opening a shell. This host refuses the guide's first.
SHELL = {"answers": {"shell": "opened"}}
BASIC_SHELL = Way({**WAYS["basic"].form, **SHELL}, "basic", encrypted=False)

#: What hosts accept, by the heading above their inventory.
SECTIONS = {
    "Kerberos with a password": KERBEROS_HTTP,
    "Kerberos with a ticket": KERBEROS_HTTP,
    "Kerberos or NTLM": WAYS["ntlm"],
    "NTLM over HTTP": WAYS["ntlm"],
    "NTLM over HTTPS": WAYS["ntlmhttps"],
    "A private certificate authority": WAYS["ntlmhttps"],
    "A client certificate": WAYS["certificate"],
    "CredSSP over HTTP": WAYS["credssp"],
    "CredSSP over HTTPS": WAYS["credssphttps"],
    "Basic over HTTPS": WAYS["basic"],
    "Several transports": BASIC_SHELL,
    "Through a proxy": WAYS["ntlmhttps"],
}


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    with running_proxy() as started:
        yield started


def test_every_command_of_the_guides_is_run_below() -> None:
    for connection in ("winrm", "psrp"):
        assert commands(connection) == [TYPE_PASSWORD, ASK, GET_TICKET]


@pytest.mark.parametrize("snippet", inventories("winrm", "psrp"), ids=lambda snippet: snippet.id)
def test_an_inventory_works_when_it_is_pasted(
    fleet: FleetFactory, proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snippet: Snippet
) -> None:
    way = SECTIONS[snippet.heading]
    connection = yaml.safe_load(snippet.text)["windows"]["vars"]["ansible_connection"]
    subject = fleet({host: {**way.form, "connection": connection} for host in hosts(snippet)})
    known = yaml.safe_load(subject.inventory.read_text())["windows"]["hosts"]
    through = {"ansible_winrm_proxy": proxy.url, "ansible_psrp_proxy": proxy.url}
    subject.inventory.write_text(paste(snippet, {host: {**known[host], **KINIT, **through} for host in known}))

    if snippet.heading != "A private certificate authority":  # one that the controller knows
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(subject.folder / "inventory-ca.pem"))
    script, typed = "", f"{KERBEROS_PASSWORD if way is KERBEROS_HTTP else PASSWORD}\n"
    if snippet.heading == "Kerberos with a ticket":
        monkeypatch.setenv("KRB5CCNAME", str(tmp_path / "tickets"))
        script = GET_TICKET.replace("automation@EXAMPLE.COM", ACCOUNT)
    elif "WINDOWS_PASSWORD" in snippet.text:
        script = TYPE_PASSWORD
    module = "ansible windows -i inventory.yml -m winsec.lsa.use_machine_id"
    proxy.targets.clear()
    run = subject.shell(f"{script}{ASK}{module}", given=typed)

    assert run.exit_status == 0, run.output
    for host, place in known.items():
        found = [result for result in run.results if result.host == host]
        assert [result.status for result in found] == ["ok", "changed"], run.output
        assert value(subject.stored(host), LSA, "UseMachineId") == ONE
        messages = {(line["mechanism"], line["encrypted"]) for line in subject.requests(host) if line["action"]}
        assert messages == {(way.mechanism, way.encrypted)}
        target = f"{place['ansible_host']}:{place['ansible_port']}"
        assert (target in proxy.targets) == (snippet.heading == "Through a proxy")
