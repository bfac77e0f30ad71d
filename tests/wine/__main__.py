# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts without pytest: ``python -m tests.wine FOLDER``, at the root of the checkout.

It returns when they are ready. FOLDER/rig/inventory.yml leads to them, and ``kill $(cat FOLDER/pid)`` stops them.
Should nobody do that, they stop after half an hour.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from winsec_endpoint.detach import Ready, detached

from ..support.programs import complaint
from .rig import running_rig

_SECONDS = 1800
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def main() -> str | int:
    """Return what was wrong, for sys.exit."""
    if absent := complaint("wine"):
        print(absent, file=sys.stderr)
        return 2
    folder = Path(sys.argv[1]).absolute()

    def serve(ready: Ready) -> None:
        with running_rig(folder):
            # Not before: sshd would inherit it.
            signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
            ready()
            signal.sigtimedwait(_SIGNALS, _SECONDS)

    return detached(folder / "pid", serve) or 0


if __name__ == "__main__":
    sys.exit(main())
