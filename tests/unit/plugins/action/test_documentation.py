# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation and code agree in both directions: nothing is missing, and nothing is invented."""

from __future__ import annotations

import datetime
import importlib
import itertools
import types
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.winsec.lsa.plugins.plugin_utils._ansible.host_action import HostAction
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.meaning import HostState
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.owner_evidence import NO_WAY, Evidence
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.ownership import owners
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.report import describe, previous
from ansible_collections.winsec.lsa.plugins.plugin_utils._policy.settings import VALUE_NAMES
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.applied_policy import (
    Gpo,
    PolicyEntries,
    PolicyEntry,
    Source,
)
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.host import Observation
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.registry import RegistryValue, ValueName, dword
from ansible_collections.winsec.lsa.plugins.plugin_utils._windows.releases import ProductType, WindowsVersion
from ansible_collections.winsec.lsa.tests.unit.plugins.plugin_utils.states import state_of

from .returned import differences, differences_of_value

Form: t.TypeAlias = "dict[str, t.Any]"

ROOT = Path(__file__).parents[4]
COLLECTION = "ansible_collections.winsec.lsa.plugins"
ACTIONS = sorted(file.stem for file in (ROOT / "plugins" / "action").glob("[!_]*.py"))
#: The ordinary modules, which run where Python does.
MODULES = ["use_machine_id_gpo", "use_machine_id_gpo_info"]
#: Those that contact hosts. The others have nothing that defaults for a group of actions could set.
HOST_ACTIONS = [
    action
    for action in ACTIONS
    if issubclass(importlib.import_module(f"{COLLECTION}.action.{action}").ActionModule, HostAction)
]

VERSIONS = [
    *[(5, 2, 3790), (6, 0, 6002), (6, 1, 7601), (6, 2, 9200), (6, 3, 9600)],
    *[(10, 0, build) for build in (10240, 14393, 17763, 19041, 19045, 20348, 22631, 26100, 99999)],
]
PRODUCT_TYPES: tuple[ProductType, ...] = t.get_args(ProductType)
VALUES = [
    *[None, dword(0), dword(1), dword(2)],
    RegistryValue("REG_QWORD", 2**40),
    RegistryValue("REG_SZ", "1"),
    RegistryValue("REG_MULTI_SZ", ["1", "2"]),
    RegistryValue("REG_BINARY", [1, 2]),
    RegistryValue("REG_NONE", None),
]
HOSTS = [
    state_of(WindowsVersion(*version, product_type), *values)
    for version, product_type, *values in itertools.product(VERSIONS, PRODUCT_TYPES, VALUES, VALUES)
]


def documentation(action: str, block: str) -> Form:
    form = yaml.safe_load((ROOT / "plugins" / "modules" / f"{action}.yml").read_text(encoding="utf-8"))[block]
    return t.cast(Form, yaml.safe_load(form) if isinstance(form, str) else form)


def fragments_of(action: str) -> t.Iterator[Form]:
    for name in documentation(action, "DOCUMENTATION").get("extends_documentation_fragment", ()):
        file, _dot, part = name.removeprefix("winsec.lsa.").partition(".")
        fragment = importlib.import_module(f"{COLLECTION}.doc_fragments.{file}").ModuleDocFragment
        yield yaml.safe_load(getattr(fragment, part.upper() or "DOCUMENTATION"))


def options_of(action: str) -> Form:
    """The documented options of an action, those of its fragments included."""
    options: Form = {}
    for form in (*fragments_of(action), documentation(action, "DOCUMENTATION")):
        options |= form.get("options", {})
    return options


def load(path: str) -> t.Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def without(form: Form, *keys: str) -> Form:
    return {key: value for key, value in form.items() if key not in keys}


# --- Names and options ------------------------------------------------------------------------------------------------


def test_each_action_has_a_documentation_twin_and_belongs_to_the_action_group() -> None:
    modules = sorted(file.stem for file in (ROOT / "plugins" / "modules").glob("*.py"))
    assert modules == sorted([*ACTIONS, *MODULES])
    assert load("meta/runtime.yml")["action_groups"] == {"lsa": HOST_ACTIONS, "gpo": MODULES}
    for action in ACTIONS:
        form = documentation(action, "DOCUMENTATION")
        assert form["module"] == action
        grouped = "winsec.lsa._attributes.actiongroup_lsa" in form.get("extends_documentation_fragment", [])
        assert grouped == (action in HOST_ACTIONS), action


@pytest.mark.parametrize("name", MODULES)
def test_an_ordinary_module_documents_what_it_takes(name: str) -> None:
    module = importlib.import_module(f"{COLLECTION}.modules.{name}")
    accepted = module.ARGUMENTS | module._OPTIONS
    documented = options_of(name)
    assert accepted.keys() == documented.keys()
    for option, form in documented.items():
        plain = {"type": form["type"], "default": form.get("default"), "required": form.get("required", False)}
        spec = accepted[option]
        assert plain == {"type": spec["type"], "default": spec.get("default"), "required": spec.get("required", False)}
        assert [*form.get("choices", [])] == [*spec.get("choices", [])], option


@pytest.mark.parametrize(
    "action",
    [*HOST_ACTIONS, "use_machine_id_fleet_info", "use_machine_id_journal_info", "use_machine_id_report"],
)
def test_options_are_documented_as_they_are_validated(action: str) -> None:
    validated = importlib.import_module(f"{COLLECTION}.action.{action}").ActionModule.ARGUMENT_SPEC
    assert validated == {
        name: without(option, "description", "version_added")
        # Choices with a description each are a mapping.
        | ({"choices": list(option["choices"])} if "choices" in option else {})
        for name, option in options_of(action).items()
    }


@pytest.mark.parametrize("action", HOST_ACTIONS)
def test_the_documented_libraries_are_those_of_the_execution_environment(action: str) -> None:
    documented = [line.partition(" (")[0] for form in fragments_of(action) for line in form.get("requirements", ())]
    needed = (ROOT / "meta" / "ee-requirements.txt").read_text(encoding="utf-8").splitlines()
    assert {line for line in documented if ">=" in line} == {line for line in needed if line and line[0] != "#"}


@pytest.mark.parametrize(("entry_point", "action"), [("main", "use_machine_id"), ("facts", "use_machine_id_facts")])
def test_the_role_offers_what_the_module_offers(entry_point: str, action: str) -> None:
    options = load("roles/use_machine_id/meta/argument_specs.yml")["argument_specs"][entry_point]["options"]
    defaults = load("roles/use_machine_id/defaults/main.yml")
    assert {name: option["default"] for name, option in options.items()} == {name: defaults[name] for name in options}
    module = options_of(action)
    assert {name.removeprefix("use_machine_id_") for name in options} == {*module}
    for name, option in options.items():
        twin = module[name.removeprefix("use_machine_id_")]
        assert (option["type"], option.get("choices", [])) == (twin["type"], list(twin.get("choices", ()))), name


def test_a_record_has_the_variables_that_decide_and_no_other() -> None:
    """A variable of the user's own may hold a secret."""
    specs = load("roles/use_machine_id/meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    decides_nothing = {"use_machine_id_gpo", "use_machine_id_journal"}
    assert {*load("roles/use_machine_id/defaults/main.yml")} - decides_nothing == {*specs} - decides_nothing


# --- Returned values --------------------------------------------------------------------------------------------------


_LOGGED = datetime.datetime.now(datetime.UTC)
_GPO = "CN={6AC1786C-016F-11D2-945F-00C04FB984F9},CN=Policies"
_SETS = [dword(0), dword(1), dword(2), None, RegistryValue("REG_BINARY", None), RegistryValue("REG_SZ", "1")]


def evidence_of(*values: RegistryValue | None, gpo: str = _GPO, source: Source = "security_option") -> Evidence:
    """Both settings set to these values, the first of which wins."""
    entries = [
        PolicyEntry(name, value, source, precedence, gpo, _LOGGED, 1)
        for name in VALUE_NAMES.values()
        for precedence, value in enumerate(values)
    ]
    return Evidence(PolicyEntries(tuple(entries), _LOGGED), (Gpo(_GPO, "Print servers"),))


#: Every value of every documented key of an owner is met in one of these.
OWNERS = [
    owners(given, _LOGGED)
    for given in (
        *(evidence_of(value, *_SETS) for value in _SETS),
        evidence_of(RegistryValue("REG_DWORD", None), gpo="LocalGPO", source="administrative_template"),
        evidence_of(dword(1), RegistryValue("REG_DWORD", None), gpo="unnamed"),
        Evidence(PolicyEntries((), _LOGGED), by_device=frozenset(VALUE_NAMES)),
        Evidence(problem="No."),
    )
]


def test_a_host_is_described_as_documented() -> None:
    documented = documentation("use_machine_id_facts", "RETURN")["ansible_facts"]["contains"]["use_machine_id"]
    described = [describe(host, known) for host, known in zip(HOSTS, itertools.cycle(OWNERS), strict=False)]
    assert not list(differences(documented["contains"], described, "use_machine_id"))


def test_previous_values_are_returned_as_documented() -> None:
    documented = documentation("use_machine_id", "RETURN")["previous"]["contains"]
    assert not list(differences(documented, [t.cast("Form", previous(host)) for host in HOSTS], "previous"))


class Fake:
    """A host (see plugin_utils/_windows/host.py) that does as it is told."""

    def __init__(self, host: HostState) -> None:
        self._version = host.version
        self._values = {VALUE_NAMES[setting]: host.values[setting] for setting in VALUE_NAMES}

    def observe(self, names: t.Sequence[ValueName]) -> Observation:
        return Observation(self._version, tuple(self._values[name] for name in names))

    def read(self, name: ValueName) -> RegistryValue | None:
        return self._values[name]

    def policy_log(self) -> None:
        return None

    def write(self, name: ValueName, data: int) -> None:
        self._values[name] = dword(data)

    def delete(self, name: ValueName) -> None:
        self._values[name] = None


def outcome(action: str, host: HostState, options: t.Mapping[str, str] | None = None, check_mode: bool = False) -> Form:
    """Return the result of an action for a host, without a connection."""
    module = importlib.import_module(f"{COLLECTION}.action.{action}").ActionModule
    defaults = {name: option.get("default") for name, option in module.ARGUMENT_SPEC.items()}
    task = types.SimpleNamespace(check_mode=check_mode, diff=True)
    plugin = module(task, types.SimpleNamespace(become=None), None, None, None, None)
    plugin.host_name = "srv01"
    result: Form = {"changed": False}
    plugin.act(Fake(host), defaults | dict(options or {}), result)
    return result


def test_the_module_returns_what_is_documented() -> None:
    documented = documentation("use_machine_id", "RETURN")
    some = [host for host in HOSTS if host.generation != "unsupported"][::37]
    desired: list[dict[str, str]] = [{}, {"state": "not_defined"}, {"state": "cis", "null_session_fallback": "stig"}]
    results = [outcome("use_machine_id", host, options) for host, options in itertools.product(some, desired)]
    # msg is for failures, run for journals. Warnings are in every module's result, and Ansible takes them out of it.
    assert {*itertools.chain(*results)} == documented.keys() - {"msg", "run"} | {"warnings"}
    for key in ("changed", "diff", "undecided", "reboot_required"):
        found = [result[key] for result in results if key in result]
        assert not list(differences_of_value(documented[key], found, key))
    assert {*itertools.chain(*(result["undecided"] for result in results))} == {*VALUE_NAMES}
    for result in results:
        assert result["ansible_facts"] == {"use_machine_id": result["use_machine_id"]}


def test_facts_are_returned_outside_check_mode_only() -> None:
    assert "ansible_facts" not in outcome("use_machine_id", HOSTS[-1], check_mode=True)


def test_the_facts_return_what_is_documented() -> None:
    assert {*documentation("use_machine_id_facts", "RETURN")} - {"msg"} == {"ansible_facts"}
    for host in HOSTS[::37]:
        unasked = owners(Evidence(problem=NO_WAY), _LOGGED)
        assert outcome("use_machine_id_facts", host) == {
            "changed": False,
            "ansible_facts": {"use_machine_id": describe(host, unasked)},
        }
