# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A certificate or key file that can't be used: the task fails, names it, and has the command that converts it.

The commands are run, and the host is reached with what they make.
"""

from __future__ import annotations

import re
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, pkcs7, pkcs12

from ..support.fleet import over_both

if t.TYPE_CHECKING:
    from ..support.fleet import Fleet, FleetFactory

HTTPS: dict[str, t.Any] = {"scheme": "https"}
BY_CERTIFICATE: dict[str, t.Any] = {**HTTPS, "authentication": ["certificate"]}
PASSWORD = b"of the file"

#: By plugin, the variables that name a CA, a certificate and a key.
VARIABLES = {
    "winrm": ("ansible_winrm_ca_trust_path", "ansible_winrm_cert_pem", "ansible_winrm_cert_key_pem"),
    "psrp": ("ansible_psrp_ca_cert", "ansible_psrp_certificate_pem", "ansible_psrp_certificate_key_pem"),
}


class Material(t.NamedTuple):
    """The files that the endpoint has made for a host, and their folder."""

    ca: Path
    cert: Path
    key: Path

    def certificate(self, file: Path) -> x509.Certificate:
        return x509.load_pem_x509_certificate(file.read_bytes())

    def private(self) -> t.Any:
        return serialization.load_pem_private_key(self.key.read_bytes(), None)

    def pfx(self) -> bytes:
        authorities = [self.certificate(self.ca)]
        encryption = serialization.BestAvailableEncryption(PASSWORD)
        return pkcs12.serialize_key_and_certificates(
            b"client", self.private(), self.certificate(self.cert), authorities, encryption
        )


def utf_16(file: Path) -> bytes:
    return file.read_text().encode("utf-16")


def der(material: Material, file: Path) -> bytes:
    return material.certificate(file).public_bytes(Encoding.DER)


class Case(t.NamedTuple):
    """Which of the three files is another, its content, the suffix of its name, and what is said of it."""

    which: int
    content: t.Callable[[Material], bytes]
    name: str
    words: str


def private(material: Material, encoding: Encoding, encryption: t.Any = None) -> bytes:
    return t.cast(
        "bytes",
        material.private().private_bytes(encoding, PrivateFormat.PKCS8, encryption or serialization.NoEncryption()),
    )


CASES = {
    "cader": Case(0, lambda m: der(m, m.ca), "ca.cer", "is a certificate in DER"),
    "cap12": Case(0, lambda m: m.pfx(), "ca.p12", "is a PKCS #12 container"),
    "cap7b": Case(
        0,
        lambda m: pkcs7.serialize_certificates([m.certificate(m.ca)], Encoding.DER),
        "ca.p7b",
        "is a PKCS #7 container",
    ),
    "cap7bpem": Case(
        0,
        lambda m: pkcs7.serialize_certificates([m.certificate(m.ca)], Encoding.PEM),
        "ca.p7b",
        "is a PKCS #7 container",
    ),
    "cautf16": Case(0, lambda m: utf_16(m.ca), "ca.pem", "is text in UTF-16"),
    "caempty": Case(0, lambda _: b"", "ca.pem", "is an empty file"),
    "catext": Case(0, lambda m: m.key.read_bytes(), "ca.pem", "has no certificate in PEM form"),
    "cabroken": Case(0, lambda m: m.ca.read_bytes().replace(b"M", b"?"), "ca.pem", "is not accepted by OpenSSL"),
    "certpfx": Case(1, lambda m: m.pfx(), "client.pfx", "is a PKCS #12 container"),
    "certder": Case(1, lambda m: der(m, m.cert), "client.crt", "is a certificate in DER"),
    "keypfx": Case(2, lambda m: m.pfx(), "client.pfx", "is a PKCS #12 container"),
    "keyder": Case(2, lambda m: private(m, Encoding.DER), "client.key", "is a private key in DER"),
    "keyutf16": Case(2, lambda m: utf_16(m.key), "client.pem", "is text in UTF-16"),
    "keyempty": Case(2, lambda _: b"\n", "client.pem", "is an empty file"),
    "keylocked": Case(
        2,
        lambda m: private(m, Encoding.PEM, serialization.BestAvailableEncryption(PASSWORD)),
        "client.pem",
        "is encrypted, and no password is set",
    ),
    "keylockedder": Case(
        2,
        lambda m: private(m, Encoding.DER, serialization.BestAvailableEncryption(PASSWORD)),
        "client.der",
        "is a private key in DER",
    ),
    "keyother": Case(
        2,
        lambda m: (m.key.parent / m.key.name.replace("keyother", "keyder")).read_bytes(),
        "other.pem",
        "is the key of another certificate than",
    ),
    "keymissing": Case(2, lambda _: b"", "", "can't be read (No such file or directory)"),
}


def spoil(subject: Fleet) -> dict[str, Material]:
    """Put the other files in the place of those of the endpoint; return those."""
    inventory = yaml.safe_load(subject.inventory.read_text())
    materials = {}
    for host, variables in inventory["windows"]["hosts"].items():
        name, connection = host.split("-")
        case, names = CASES[name], VARIABLES[connection]
        paths = [Path(variables[variable]) for variable in names]
        materials[host] = material = Material(*paths)
        folder = subject.folder / host
        folder.mkdir()
        other = folder / (case.name or "nowhere.pem")
        if case.name:
            other.write_bytes(case.content(material))
        variables[names[case.which]] = str(other)
    subject.inventory.write_text(yaml.safe_dump(inventory))
    return materials


@pytest.mark.canary
def test_a_file_that_can_not_be_used_is_named_with_the_command_that_converts_it(fleet: FleetFactory) -> None:
    subject = fleet(over_both(dict.fromkeys(CASES, BY_CERTIFICATE)))
    spoil(subject)
    run = subject.play({"winsec.lsa.use_machine_id_facts": {}})
    assert len(run.results) == 2 * len(CASES)
    commands: dict[str, str] = {}
    for result in run.results:
        name, connection = result.host.split("-")
        message, case = result.result["msg"], CASES[name]
        assert result.status == "failed", result
        variable = VARIABLES[connection][case.which]
        assert message.startswith(f"The file that {variable} names can't be used: {subject.folder / result.host}"), (
            result
        )
        assert case.words in message, result
        found = re.search(r"Convert it: (.*)", message)
        commands |= {result.host: found[1]} if found else {}
        assert subject.requests(result.host) == []
    for leak in ("Traceback", "BEGIN", PASSWORD.decode()):
        assert leak not in run.output
    convert(subject, commands)
    again = subject.play({"winsec.lsa.use_machine_id_facts": {}})
    reached = {result.host for result in again.results if result.status == "ok"}
    assert reached == commands.keys(), again.output
    assert len(reached) == 2 * len([case for name, case in CASES.items() if converts(name)])


def converts(name: str) -> bool:
    return name not in ("caempty", "catext", "cabroken", "keyempty", "keyother", "keymissing")


def convert(subject: Fleet, commands: dict[str, str]) -> None:
    """Run the commands, as who knows the password of the file, and name in the inventory what they have made."""
    inventory = yaml.safe_load(subject.inventory.read_text())
    for host, command in commands.items():
        name, connection = host.split("-")
        if command.startswith("openssl pk"):
            command += f" -passin 'pass:{PASSWORD.decode()}'" if "pkcs7" not in command else ""
        done = subprocess.run(
            ["sh", "-c", command], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, check=False
        )
        assert done.returncode == 0, (host, command, done.stderr)
        made = [file for file in (subject.folder / host).iterdir() if file.name != CASES[name].name]
        assert len(made) == 1, host
        inventory["windows"]["hosts"][host][VARIABLES[connection][CASES[name].which]] = str(made[0])
    subject.inventory.write_text(yaml.safe_dump(inventory))


def test_a_file_is_named_whichever_way_the_host_is_reached(fleet: FleetFactory) -> None:
    """With several transports, the plugin winrm leaves only a text of the error."""
    subject = fleet(over_both({"cader": BY_CERTIFICATE, "keypfx": BY_CERTIFICATE}))
    spoil(subject)
    tasks = [{"name": via, "winsec.lsa.use_machine_id_facts": {"via": via}} for via in ("auto", "reg")]
    run = subject.play(
        *tasks,
        vars={"ansible_winrm_transport": ["certificate", "plaintext"]},
        ignore_errors=True,
        ignore_unreachable=True,
    )
    assert len(run.results) == 8
    for result in run.results:
        assert result.status == "failed", result
        assert CASES[result.host.partition("-")[0]].words in result.result["msg"], result


def test_good_files_are_not_blamed_for_a_host(fleet: FleetFactory) -> None:
    """Nor is a file that is not used, whatever is in it."""
    subject = fleet(over_both({"expired": {**HTTPS, "tls": {"certificate": "expired"}}, "closed": HTTPS}))
    inventory = yaml.safe_load(subject.inventory.read_text())
    nothing = subject.folder / "empty.pem"
    nothing.touch()
    for host, variables in inventory["windows"]["hosts"].items():
        _ca, cert, key = VARIABLES[host.rpartition("-")[2]]
        variables.update({cert: str(nothing), key: str(nothing)})
        if host.endswith("winrm"):
            variables["ansible_winrm_transport"] = "plaintext"
    subject.inventory.write_text(yaml.safe_dump(inventory))
    run = subject.play({"winsec.lsa.use_machine_id_facts": {}})
    for host, result in run.of("use_machine_id_facts").items():
        expected = "unreachable" if host.startswith("expired") else "ok"
        assert result.status == expected, result
        assert expected == "ok" or "certificate has expired" in result.result["msg"], result
