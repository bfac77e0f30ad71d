# Copyright (c) 2026, the winsec.lsa contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A signal leaves a moment to say what was not done, and then does what it would have done."""

from __future__ import annotations

import os
import signal
import typing as t

import pytest

from ansible_collections.winsec.lsa.plugins.plugin_utils._ansible.signals import Interrupted, interruptible


@pytest.fixture
def received() -> t.Iterator[list[int]]:
    """The signals that arrive at the handlers of the process."""
    found: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda number, _frame: found.append(number)) for number in numbers}
    yield found
    for number, handler in before.items():
        signal.signal(number, handler)


def send(number: int) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_interrupts_and_others_wait(received: list[int], number: signal.Signals) -> None:
    with pytest.raises(Interrupted) as interrupted, interruptible():  # noqa: PT012  what follows is not reached
        send(number)
        pytest.fail("nothing was interrupted")
    send(signal.SIGTERM)
    send(signal.SIGINT)
    assert received == []
    with pytest.raises(Interrupted):
        interrupted.value.resend()
    assert received == [number]


def test_a_signal_that_comes_as_the_work_begins_is_not_lost(
    received: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_handler = signal.signal

    def set_and_send(number: int, handler: t.Any) -> None:
        monkeypatch.undo()
        set_handler(number, handler)
        send(number)

    monkeypatch.setattr(signal, "signal", set_and_send)
    with pytest.raises(Interrupted) as interrupted, interruptible():
        pytest.fail("nothing was interrupted")
    with pytest.raises(Interrupted):
        interrupted.value.resend()
    assert received == [signal.SIGINT]


def test_afterwards_signals_are_as_before(received: list[int]) -> None:
    with interruptible():
        pass
    with pytest.raises(ValueError, match="of the work"), interruptible():
        raise ValueError("of the work")
    send(signal.SIGINT)
    assert received == [signal.SIGINT]


class Garbage:
    def __del__(self) -> None:
        send(signal.SIGTERM)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_signal_that_comes_while_garbage_is_collected_is_not_lost(received: list[int]) -> None:
    with pytest.raises(Interrupted) as interrupted, interruptible() as check:  # noqa: PT012  what follows is not reached
        check()
        Garbage()
        check()
        pytest.fail("nothing was interrupted")
    with pytest.raises(Interrupted):
        interrupted.value.resend()
    assert received == [signal.SIGTERM]
