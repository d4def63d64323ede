"""Threads of which one runs at a time, and a condition in which they can wait.

The pool under test is one for threads, so an acquire that blocks must keep a thread; but only the
thread that has the baton runs. Where the pool would block, the thread passes the baton to any idle
one, which goes on with the common work. Whoever lets a blocked thread go on gives the baton to that
one, and becomes idle. So nothing here depends on the scheduler of the system.
"""

import _thread
import threading
import types


def locked():
    lock = _thread.allocate_lock()
    lock.acquire()
    return lock


class Baton:
    """Who runs. To be called by the thread that has it."""

    def __init__(self, work):
        self.work = work  # what an idle thread does; it returns when there is no more to do
        self.idle = []

    def pass_on(self, until):
        """Has an idle thread go on with the work, and returns when `until` is released."""
        if self.idle:
            self.idle.pop().release()
        else:
            _thread.start_new_thread(self.work, ())
        until.acquire()

    def give(self, to):
        """Releases `to`, and returns when this thread is needed for the work again."""
        idle = locked()
        self.idle.append(idle)
        to.release()
        idle.acquire()


def condition_that_sleeps_by(sleep):
    """CPython's own threading.Condition, of which only the lock that a thread sleeps on is another:
    sleep(lock) returns when the thread is to run, whether notified or too late. Its wait() is the
    same code, its notify() the very same, and so is the order in which they serve."""

    class SleepLock:
        """wait() acquires it once to have it locked and again to sleep; notify() releases it."""

        def __init__(self):
            self.is_locked = False

        def acquire(self, blocking=True, timeout=-1):
            if self.is_locked:
                sleep(self)
                if self.is_locked:
                    return False  # too late, and nobody has notified it
            self.is_locked = True
            return True

        def release(self):
            if not self.is_locked:
                raise RuntimeError("release unlocked lock")
            self.is_locked = False

    wait = threading.Condition.wait

    class Condition(threading.Condition):
        pass

    Condition.wait = types.FunctionType(
        wait.__code__, {**wait.__globals__, "_allocate_lock": SleepLock}, argdefs=wait.__defaults__)
    return Condition
