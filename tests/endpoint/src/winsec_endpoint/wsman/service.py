# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host's WS-Management service: a request in, a Reply out, or a Fault."""

from __future__ import annotations

from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement

from ..fleet.hosts import Host
from ..fleet.misbehavior import Misbehavior
from ..registry import access as registry_access
from ..registry.interface import Registry
from ..registry.stdregprov import METHODS
from ..shells.lifecycle import Shells
from . import cim, cim_xml, faults, method_xml, resource, rsop, wql, xmlns
from .enumeration import Enumerations, Page
from .envelope import Request
from .faults import Fault
from .message import Reply, text_element

_ENUMERATION = f"{{{xmlns.ENUMERATION}}}"
_WSMAN = f"{{{xmlns.WSMAN}}}"
_REGISTRY_PROVIDER = "stdregprov"
_METHOD_NAMES = {name.lower(): name for name in METHODS}


class Operation(NamedTuple):
    """The subject of a request: the words by which `only:` and the log name it."""

    name: str
    resource: str


def operation_of(request: Request) -> Operation:
    if request.identify:
        return Operation("Identify", "")
    try:
        where = str(resource.parse(request))
    except Fault:
        where = request.resource_uri
    name = request.action.rpartition("/")[2]
    return Operation(_METHOD_NAMES.get(name.lower(), name), where)


class Service:
    def __init__(self, host: Host, registry: Registry) -> None:
        self._host = host
        self._answers = host.answers
        self._registry = registry
        self._enumerations = Enumerations(host.answers)
        self._shells = Shells(host)

    async def answer(self, request: Request, misbehavior: Misbehavior) -> Reply:
        if request.identify:
            return self._identify()
        if resource.is_shell(request.resource_uri):
            return await self._shells.answer(request, misbehavior)
        target = resource.parse(request)
        self._check_namespace(target.namespace)
        match request.action:
            case xmlns.GET:
                return self._get(request, target)
            case xmlns.ENUMERATE:
                return self._enumerate(request, target)
            case xmlns.PULL:
                return self._pull(request)
            case xmlns.RELEASE:
                return self._release(request)
        return self._invoke(request, target, misbehavior)

    def _check_namespace(self, namespace: str) -> None:
        """Assumed: WMI, and not WinRM, refuses a namespace to a caller."""
        logging = self._host.rsop.logging
        if namespace == rsop.NAMESPACE and logging.namespace == "denied":
            raise Fault(faults.WMI_ACCESS_DENIED)
        if namespace == rsop.NAMESPACE and logging.namespace == "served":
            return
        if namespace not in ("root/cimv2", "root/default"):
            raise Fault(faults.NOT_FOUND)

    def _identify(self) -> Reply:
        """MS-WSMV 2.2.4.14 and DSP0226 clause 11; the versions are told to authenticated callers."""
        release = self._host.release
        response = Element(f"{{{xmlns.IDENTITY}}}IdentifyResponse")
        version = f"OS: {release.version} SP: {release.service_pack}.0 Stack: {release.stack}"
        texts = {
            "ProtocolVersion": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
            "ProductVendor": "Microsoft Corporation",
            "ProductVersion": version,
        }
        response.extend([text_element(f"{{{xmlns.IDENTITY}}}{name}", text) for name, text in texts.items()])
        return Reply("", response)

    def _get(self, request: Request, target: resource.Resource) -> Reply:
        instance = next(iter(self._instances(target)), None)
        if instance is None or (instance.key is None and self._answers.bare_get == "refused"):
            raise Fault(faults.NOT_FOUND)
        selectors = {name: value for name, value in request.selectors.items() if not name.startswith("__")}
        if set(selectors) - {(instance.key or "").lower()}:
            raise Fault(faults.INVALID_SELECTORS)
        if instance.key is not None:
            self._check_key(selectors.get(instance.key.lower()), instance.properties[instance.key])
        return Reply(f"{xmlns.GET}Response", cim_xml.whole(instance, self._class_uri(target)))

    @staticmethod
    def _check_key(given: str | None, actual: cim.CimValue) -> None:
        if given is None:
            raise Fault(faults.MISSING_SELECTORS)
        if given.lower() != str(actual).lower():
            raise Fault(faults.NOT_FOUND)

    def _instances(self, target: resource.Resource) -> list[cim.Instance]:
        if target.namespace == rsop.NAMESPACE:
            return rsop.instances(self._host, target.class_name)
        return cim.instances(self._host, target.class_name) if target.namespace == cim.NAMESPACE else []

    def _enumerate(self, request: Request, target: resource.Resource) -> Reply:
        body = _body(request, "Enumerate")
        if body.find(f"{_WSMAN}EnumerationMode") is not None:
            raise Fault(faults.ENUMERATION_MODE_UNSUPPORTED)
        most = _max_elements(body, _WSMAN)
        wanted = most if body.find(f"{_WSMAN}OptimizeEnumeration") is not None else 0
        page = self._enumerations.start(self._items(body, target), wanted)
        response = Element(f"{_ENUMERATION}EnumerateResponse")
        return Reply(f"{xmlns.ENUMERATE}Response", self._fill(response, page, _WSMAN))

    def _items(self, body: Element, target: resource.Resource) -> list[Element]:
        """A filter goes with the URI of all classes, an enumeration of one class with no filter."""
        filter_ = body.find(f"{_WSMAN}Filter")
        if filter_ is None:
            found = self._instances(target)
            if not found:
                raise Fault(faults.NOT_FOUND)
            return [cim_xml.whole(instance, self._class_uri(target)) for instance in found]
        if filter_.get("Dialect") != xmlns.WQL_DIALECT:
            raise Fault(faults.FILTER_DIALECT)
        if target.class_name != "*":
            raise Fault(faults.CANNOT_PROCESS_FILTER)
        return self._query(filter_.text or "", target)

    def _query(self, text: str, target: resource.Resource) -> list[Element]:
        query = wql.parse(text)
        found = self._instances(target._replace(class_name=query.class_name))
        if not found and not (target.namespace == rsop.NAMESPACE and rsop.is_class(query.class_name)):
            raise Fault(faults.CLASS_OF_QUERY_MISSING)
        found = [instance for instance in found if query.wants(instance)]
        if target.namespace == rsop.NAMESPACE:
            found = rsop.cast(self._host, found)
        if query.properties is not None:
            fragments = [cim_xml.fragment(instance, query.properties) for instance in found]
            if self._answers.projection == "fragment":
                return fragments
        base = self._class_uri(target).removesuffix("*")
        return [cim_xml.whole(instance, base + instance.class_name) for instance in found]

    def _pull(self, request: Request) -> Reply:
        body = _body(request, "Pull")
        page = self._enumerations.pull(_context(body), _max_elements(body, _ENUMERATION))
        response = Element(f"{_ENUMERATION}PullResponse")
        return Reply(f"{xmlns.PULL}Response", self._fill(response, page, _ENUMERATION))

    def _release(self, request: Request) -> Reply:
        self._enumerations.release(_context(_body(request, "Release")))
        return Reply(f"{xmlns.RELEASE}Response", None)

    def _fill(self, response: Element, page: Page, namespace: str) -> Element:
        """Items and EndOfSequence are in the namespace of the message: txwinrm test data."""
        SubElement(response, f"{_ENUMERATION}EnumerationContext").text = page.context
        if page.items or self._answers.enumeration == "empty_items":
            SubElement(response, f"{namespace}Items").extend(page.items)
        if self._answers.extra_elements:
            SubElement(response, f"{{{xmlns.VENDOR}}}Trace").text = "not for you"
        if page.end:
            SubElement(response, f"{namespace}EndOfSequence")
        return response

    def _invoke(self, request: Request, target: resource.Resource, misbehavior: Misbehavior) -> Reply:
        class_uri, _, given = request.action.rpartition("/")
        if class_uri.lower() != target.uri.lower():
            raise Fault(faults.ACTION_NOT_SUPPORTED)
        if target.class_name.lower() != _REGISTRY_PROVIDER or target.namespace not in self._answers.namespaces:
            raise Fault(faults.ACTION_NOT_SUPPORTED if self._instances(target) else faults.NOT_FOUND)
        name = _METHOD_NAMES.get(given.lower())
        if name is None:
            raise Fault(faults.ACTION_NOT_SUPPORTED)
        return self._call(name, request, target, misbehavior)

    def _call(self, name: str, request: Request, target: resource.Resource, misbehavior: Misbehavior) -> Reply:
        method = METHODS[name]
        inputs = method_xml.read_inputs(request.body, name, method)
        outcome = registry_access.invoke(self._registry, name, inputs, misbehavior, self._answers.absent_value)
        by_method = self._answers.output_namespace == "method"
        uri = f"{xmlns.CIM_RESOURCES}{name}" if by_method else self._class_uri(target)
        lost = misbehavior.return_value == "missing"
        output = method_xml.write_output(name, method, outcome, uri, self._answers, lost)
        suffix = "Response" if self._answers.response_action == "suffixed" else ""
        return Reply(f"{target.uri}/{name}{suffix}", output)

    def _class_uri(self, target: resource.Resource) -> str:
        return target.uri.lower() if self._answers.class_namespace == "lower" else target.uri


def _body(request: Request, name: str) -> Element:
    if request.body is None or request.body.tag != f"{_ENUMERATION}{name}":
        raise Fault(faults.MALFORMED)
    return request.body


def _context(body: Element) -> str:
    return (body.findtext(f"{_ENUMERATION}EnumerationContext") or "").strip()


def _max_elements(body: Element, namespace: str) -> int:
    """One item where nothing is said: DSP0226 8.4. Enumerate has it in WS-Management's namespace, Pull in its own.

    In the other one it is no element of the schema, and would leave pages of one item (DSP0226 8.2.3, 8.4).
    """
    other = _ENUMERATION if namespace == _WSMAN else _WSMAN
    if body.find(f"{other}MaxElements") is not None:
        raise Fault(faults.MALFORMED)
    text = body.findtext(f"{namespace}MaxElements") or "1"
    return max(1, int(text)) if text.strip().isdigit() else 1
