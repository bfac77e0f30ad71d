# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The requests to a domain controller, and to which one, without the libraries that send it."""

from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.module_utils._domain import connect, directory, sysvol
from ansible_collections.winsec.lsa.plugins.module_utils._domain.directory import Directory, GpoKey, guid_or_name
from ansible_collections.winsec.lsa.plugins.module_utils._domain.options import Login, Options, read_options
from ansible_collections.winsec.lsa.plugins.module_utils._group_policy.errors import GroupPolicyError
from ansible_collections.winsec.lsa.plugins.module_utils._group_policy.plan import Gpo

GUID = "{0B0C1F6E-5A1B-4C7B-8F0E-0D3C7B1E2A44}"
OTHER = "{31B2F340-016D-11D2-945F-00C04FB984F9}"
DN = f"CN={GUID},CN=Policies,CN=System,DC=example,DC=com"
ASKED: dict[str, t.Any] = {
    "server": None,
    "domain": "example.com",
    "auth": "password",
    "username": "editor@example.com",
    "password": "S3cret",
    "tls": "ldaps",
    "validate_certs": True,
    "ca_path": None,
    "timeout": 60,
}


class File:
    """An open file on a server that does what it is sent, and of which one answer is lost."""

    file_id, create_action = b"1", 1

    def __init__(self, content: bytes, lost: int) -> None:
        self.content, self.lost, self.end_of_file = content, lost, len(content)
        tree = types.SimpleNamespace(session=types.SimpleNamespace(session_id=1), tree_connect_id=1)
        self.session: t.Any = types.SimpleNamespace(server="dc1.example.com", connection=self, tree=tree)

    def write(self, data: bytes, *, send: bool) -> tuple[t.Callable[[], None]]:
        assert not send

        def written() -> None:
            self.content = data + self.content[len(data) :]

        return (written,)

    def cut(self, length: int) -> t.Callable[[], None]:
        def shorter() -> None:
            self.content = self.content[:length]

        return shorter

    def send_compound(self, requests: list[t.Callable[[], None]], *_ids: int) -> list[t.Callable[[], None]]:
        for request in requests:
            request()
        return requests

    def receive(self, _request: object) -> None:
        self.lost -= 1
        if self.lost == -1:
            raise GroupPolicyError("No answer")


@pytest.mark.parametrize("after", [b"a longer text than before", b"short"])
@pytest.mark.parametrize("lost", [0, 1])
def test_a_write_whose_answer_is_lost_is_undone_to_the_last_byte(
    after: bytes, lost: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = File(b"what was before", lost)
    monkeypatch.setattr(sysvol, "FileEndOfFileInformation", object, raising=False)
    monkeypatch.setattr(sysvol, "_information", lambda handle, _kind, end_of_file: handle.cut(end_of_file))
    handle = sysvol._Handle(file.session, "GptTmpl.inf", file)
    locked = sysvol.LockedFile(handle, [])
    locked._before = b"what was before"
    try:
        locked.write(after)
    except GroupPolicyError:
        locked.undo()
        assert file.content == b"what was before"
    else:
        assert (lost, file.content) == (1, after)


@pytest.fixture
def domain(monkeypatch: pytest.MonkeyPatch) -> Directory:
    """A directory whose session records modifications."""
    names = types.SimpleNamespace(
        MOD_ADD="add", MOD_DELETE="delete", MOD_REPLACE="replace", NO_SUCH_ATTRIBUTE=KeyError,
        TYPE_OR_VALUE_EXISTS=KeyError, CONSTRAINT_VIOLATION=KeyError,
    )  # fmt: skip
    monkeypatch.setattr(directory, "ldap", names, raising=False)
    found = Directory.__new__(Directory)
    found.domain = "example.com"
    found._session = t.cast("t.Any", types.SimpleNamespace(sent=[]))
    monkeypatch.setattr(found._session, "modify", lambda _dn, changes: sent(found).extend(changes), raising=False)
    return found


def sent(domain: Directory) -> list[tuple[str, str, list[bytes]]]:
    return t.cast("t.Any", domain._session).sent  # type: ignore[no-any-return]  # set above


def gpo(path: str = rf"example.com\Policies\{GUID}", extensions: str | None = None) -> Gpo:
    return Gpo(DN, GUID, "Hardening", path, 4, extensions)


VERSION = [("delete", "versionNumber", [b"4"]), ("add", "versionNumber", [b"5"])]
NAMES = "gPCMachineExtensionNames"


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        (None, None, []),
        ("[{A}{B}]", "[{A}{B}]", []),
        (None, "[{A}{B}]", [("add", NAMES, [b"[{A}{B}]"])]),
        ("[{C}{D}]", "[{A}{B}]", [("delete", NAMES, [b"[{C}{D}]"]), ("add", NAMES, [b"[{A}{B}]"])]),
        (" ", "[{A}{B}]", [("delete", NAMES, [b" "]), ("add", NAMES, [b"[{A}{B}]"])]),
    ],
)
def test_extensions_are_changed_only_if_they_are_what_was_read(
    domain: Directory, before: str | None, after: str | None, changes: list[t.Any]
) -> None:
    domain.swap(gpo(extensions=before), 5, after)
    assert sent(domain) == VERSION + changes


def test_a_gpo_has_its_own_folder(domain: Directory) -> None:
    domain.require_own_folder(gpo(rf"EXAMPLE.COM\policies\{GUID.lower()}"))


@pytest.mark.parametrize(
    "path",
    [
        "",
        rf"example.com\Policies\{OTHER}",
        rf"example.com\Policies\{OTHER}\..\{GUID}",
        rf"example.com\Policies\{GUID}\..\{OTHER}",
        rf"other.com\Policies\{GUID}",
        rf"example.com\scripts\{GUID}",
    ],
)
def test_a_folder_of_another_gpo_is_refused(domain: Directory, path: str) -> None:
    with pytest.raises(GroupPolicyError, match="has no folder of its own"):
        domain.require_own_folder(gpo(path))


@pytest.mark.parametrize(
    ("named", "key"),
    [
        (GUID.lower(), GpoKey("cn", GUID)),
        (f" {GUID[1:-1]} ", GpoKey("cn", GUID)),
        ("{Baseline} servers", GpoKey("displayName", "{Baseline} servers")),
        ("Hardening", GpoKey("displayName", "Hardening")),
    ],
)
def test_a_gpo_is_named_by_its_guid_or_by_any_other_text(named: str, key: GpoKey) -> None:
    assert guid_or_name(named) == key


def options(**asked: t.Any) -> Options:
    return read_options({**ASKED, **asked})


@pytest.mark.parametrize("found", ["evil.test", "dc1.example.com.evil.test", "evilexample.com", "com"])
def test_a_password_goes_to_no_server_outside_the_domain(found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "pdc_emulator", lambda _domain, _timeout: found)
    with pytest.raises(GroupPolicyError, match=r"outside example\.com"):
        connect._server(options())
    assert connect._server(options(auth="kerberos")) == found
    assert connect._server(options(server=found)) == found


def test_a_server_of_the_domain_is_taken_from_dns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "pdc_emulator", lambda _domain, _timeout: "DC1.emea.Example.com")
    assert connect._server(options(domain="example.COM.")) == "DC1.emea.Example.com"


@pytest.mark.parametrize("server", ["dc1.example.com/x", "dc1 ", "u@dc1", "dc1:389/??(x=*)", r"a\b", "dc1\n"])
def test_a_text_that_is_not_the_name_of_a_host_does_not_get_into_a_uri(server: str) -> None:
    with pytest.raises(GroupPolicyError, match=r"is not the name of a host|has control characters"):
        connect._server(options(server=server))


@pytest.mark.parametrize("name", ["server", "password", "ca_path", "gpo"])
def test_an_empty_text_is_not_a_value(name: str) -> None:
    with pytest.raises(GroupPolicyError, match=f"{name} is empty"):
        options(**{name: ""})


def test_without_username_the_ticket_that_is_there_is_used() -> None:
    assert options(auth="kerberos", username=None, password=None).login == Login(True, None, None)
