# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Documentation only: the implementation is the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: use_machine_id_report
short_description: Write a report on the identity that Local System uses for NTLM
version_added: 1.0.0
description:
  - >-
    Writes what an audit found into a folder on the controller: as a web page, as a table for a spreadsheet, as JSON, and
    as results for DISA's rules, which STIG Viewer and STIG Manager import.
  - >-
    The playbook C(winsec.lsa.audit) runs it if C(use_machine_id_audit_report) names a folder. Run it as a task to merge
    reports, for example those of the slices of a job.
  - >-
    C(report.json) is the canonical document, and all other files are made from it. Its JSON Schema is
    C(meta/report.schema.json) in the collection. Keys and ids are stable. Keys may be added.
  - >-
    C(report.html) is one file that loads nothing and sends nothing. Up to 2,000 hosts it lists all. Of more hosts it
    lists those that need attention, the worst first, and at most 2,000 of them.
  - >-
    C(report.csv) has one row for each host, in UTF-8. A text that a spreadsheet would run as a formula begins with an
    apostrophe.
  - >-
    C(xccdf/HOST.xml) is an XCCDF 1.2 TestResult, and C(checklist/HOST.cklb) a checklist. A host has them if DISA has a
    rule for its release and if it could be read. A host that was lost or failed later has C(notchecked) and
    C(not_reviewed) in them, never a pass. If the name of a host is not fit to be the name of a file, a part of a hash is
    in it.
  - >-
    The files name hosts that are weak. They can be read by their owner only. Either all of them are written or none is
    replaced. Files of hosts that an earlier report in the folder had, and this one has not, are removed.
  - Asks no host. Run it once for a play, with C(run_once) and C(delegate_to).
attributes:
  action:
    description: Has an action plugin, which runs on the controller.
    support: full
  async:
    description: Supports being used with the C(async) keyword.
    support: none
    details:
      - A task that sets C(async) fails.
  check_mode:
    description: Can run in check mode and report what would change without changing anything.
    support: full
    details:
      - No file is written. RV(changed) says whether one would be.
  diff_mode:
    description: In diff mode, returns what has changed, or would change in check mode.
    support: none
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second run reports no change.
    support: full
    details:
      - A report has no time of its own. The same records give the same files.
  platform:
    description: Where the action runs.
    support: full
    platforms: posix
options:
  path:
    description:
      - The folder on the controller to write to. It is made if it does not exist.
      - A relative path begins in the folder where C(ansible-playbook) was started.
    type: path
    required: true
  sources:
    description:
      - Files on the controller to make the report from, each a C(report.json) or JSON Lines with the record of one host
        a line.
      - If a host is in several of them, the record that was finished later counts, and a warning says so.
    type: list
    elements: path
    default: []
  records:
    description:
      - Records of hosts that the play has collected itself, in addition to O(sources).
      - A record needs C(host) and C(verdict). The schema describes all its keys under C($defs/record), and the filter
        P(winsec.lsa.use_machine_id_audit#filter) returns most of them.
    type: list
    elements: dict
    default: []
  previous:
    description:
      - An earlier C(report.json) to compare with. RV(changes), C(report.json) and C(report.html) say what has changed
        since.
      - It may be the one that is replaced. If it does not exist, a warning says so and nothing is compared.
    type: path
seealso:
  - module: winsec.lsa.use_machine_id_facts
  - plugin: winsec.lsa.use_machine_id_audit
    plugin_type: filter
  - ref: ansible_collections.winsec.lsa.docsite.guide_fleet
    description: How to get a report, how to read it, and where to take it.
author:
  - The winsec.lsa contributors (@winsec-lsa)
"""

EXAMPLES = r"""
- name: Merge the reports of two slices, and compare with last week
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Write one report
      winsec.lsa.use_machine_id_report:
        path: report
        sources:
          - slice1/report.json
          - slice2/report.json
        previous: last_week/report.json
      register: written

    - name: Show what has changed
      ansible.builtin.debug:
        var: written.changes

    - name: Fail if a host is anonymous and nothing protects its sessions
      ansible.builtin.assert:
        that: written.summary.attention.anonymous_unprotected == 0
"""

RETURN = r"""
changed:
  description: Whether a file was written or removed, or would be in check mode.
  returned: always
  type: bool
  sample: true
path:
  description: The folder, as an absolute path.
  returned: success
  type: str
  sample: /home/user/report
xccdf:
  description: How many hosts have a file in C(xccdf) and one in C(checklist).
  returned: success
  type: int
  sample: 2
changes:
  description:
    - What has changed since O(previous), a sentence for each kind of change, with the first 20 hosts.
    - Empty if nothing is compared.
  returned: success
  type: list
  elements: str
  sample: ["1 new finding: srv02 (none -> anonymous)"]
summary:
  description: The totals, as in C(report.json).
  returned: success
  type: dict
  contains:
    hosts:
      description: How many hosts there are.
      returned: always
      type: int
      sample: 3
    reached:
      description: How many of them are not V(unreachable), V(failed) or V(not tried).
      returned: always
      type: int
      sample: 3
    verdicts:
      description: The number of hosts by verdict. Every verdict is a key.
      returned: always
      type: dict
      sample:
        compliant: 2
        not compliant: 1
        unknown: 0
        not applicable: 0
        unreachable: 0
        failed: 0
        not tried: 0
    attention:
      description:
        - The number of hosts by the worst reason to look at them, the worst reason first. Every reason is a key.
        - C(anonymous_unprotected) and C(anonymous) say what Local System does, even if the variables allow it.
          C(unknown) - it is not known what the host does, or what is required of it. C(could_not_look) - the host is
          unreachable, failed or was not tried. C(not_as_required) - Local System is not anonymous, but the host is not
          set as the variables require; most often nothing is stored.
      returned: always
      type: dict
      sample:
        anonymous_unprotected: 0
        anonymous: 1
        unknown: 0
        could_not_look: 0
        not_as_required: 0
    outcomes:
      description:
        - The number of hosts by what happens to a connection of Local System, as C(outcome) of the facts.
          C(not_read) counts hosts that could not be read. Every outcome is a key.
      returned: always
      type: dict
      sample:
        authenticates_as_computer: 2
        anonymous_no_session_security: 1
        anonymous_unprotected: 0
        unknown: 0
        not_applicable: 0
        not_read: 0
"""
