"""Drives SQLAlchemy's own QueuePool, one operation of one caller at a time, and tells what it saw.

THE PROTOCOL. The first line out is the version of SQLAlchemy. Then each line in is a whole sequence
for a pool of its own, and each line out what was observed of it, operation by operation:

    in   POOL_SIZE MAX_OVERFLOW TIMEOUT RECYCLE LIFO PRE_PING RESET RECREATED OPERATION...
         TIMEOUT and RECYCLE are whole numbers, or - for none; RESET is rollback, commit or none;
         LIFO, PRE_PING and RECREATED (the pool is what recreate() gives of a used one) are 0 or 1
    out  OBSERVATION;OBSERVATION;...

    an operation    aN acquire, wN the waiting thread runs, rN release, dN detach,
                    iN sN gN invalidate hard, soft, or the generation,
                    cN fN the creator returns, fails, pN qN the ping succeeds, fails,
                    x dispose, tT it is time T now; N is the caller
         then       :FAILURE,FAILURE... while it runs: the name of a hook, which throws, with
                    this_one or all if the checkout hook says so; do_reset or do_close of the driver
    an observation  what happened, in order: hook(connection or -), CREATE(caller),
                    PING(caller,connection), ROLLBACK COMMIT CLOSE(connection), and how it ended:
                    granted(caller,connection) timed_out connect_error given_up(caller),
                    hook_error(caller or -,hook)
         then       |creating, |pinging, |notified callers, |asleep ones in the condition's order
         then       |size checkedin overflow checkedout |connections in the queue, - for an EMPTY

THE BATON. Callers are threads, of which one runs at a time: baton.py. Whoever has the baton carries
out one operation after another, of all sequences; who blocks, in the creator, in a ping or in the
queue's condition, passes it on; an operation that lets a blocked caller go on gives it to that one.
No time passes but by an operation, and garbage is collected only where an operation ends.
"""

import _thread
import gc
import logging
import sys
import threading
import types

from baton import Baton, condition_that_sleeps_by, locked

try:
    import sqlalchemy
    from sqlalchemy import event, exc
    from sqlalchemy.pool import QueuePool, base
    from sqlalchemy.util import queue
except ImportError as error:
    sys.exit(f"/usr/bin/python3 cannot import SQLAlchemy, Debian's python3-sqlalchemy: {error}")

HOOKS = ("first_connect", "connect", "checkout", "checkin", "reset", "invalidate",
         "soft_invalidate", "detach", "close", "close_detached")

# Time 0. Above the 0 with which SQLAlchemy marks that nothing was invalidated yet.
EPOCH = 1

SEQUENCES_BETWEEN_COLLECTIONS = 500


class HookFailed(Exception):
    def __init__(self, hook):
        self.hook = hook


class DriverFailed(Exception):
    pass


class Abandoned(BaseException):
    """The sequence is over: unwinds a thread that is still blocked."""


class Connection:
    __slots__ = ("number",)

    def __init__(self, number):
        self.number = number


class Dialect(base._ConnDialect):
    """The driver."""

    def do_rollback(self, connection):
        self.reset("ROLLBACK", connection)

    def do_commit(self, connection):
        self.reset("COMMIT", connection)

    def reset(self, how, connection):
        agent.saw(f"{how}({connection.number})")
        if "do_reset" in agent.failures:
            raise DriverFailed

    def do_close(self, connection):
        agent.saw(f"CLOSE({connection.number})")
        if "do_close" in agent.failures:
            raise DriverFailed

    do_terminate = do_close

    def do_ping(self, connection):
        agent.saw(f"PING({agent.caller},{connection.number})")
        agent.block(agent.pinging)
        return agent.went_well


class Agent:
    def __init__(self):
        self.baton = Baton(self.work)
        self.script = self.operations()
        self.finished = locked()
        self.has_failed = False
        self.quiet = True  # outside a sequence: nothing is seen, nothing fails, no creator blocks
        self.failures = ()

    def work(self):
        """What each thread does while it has the baton."""
        for operation, argument in self.script:
            try:
                operation(argument)
            except Exception as error:
                self.is_off_course = True
                self.observations.append(f"impossible: {error!r}")
        self.finished.release()

    # ---- Sequences -------------------------------------------------------------------------------

    def operations(self):
        """Everything that is to be done, of all sequences. Threads take turns in going on."""
        for count, line in enumerate(sys.stdin):
            words = line.split()
            self.start(words[:8])
            for word in words[8:]:
                if self.is_off_course:  # an earlier observation differs from what was predicted
                    break
                operation, _, failures = word.partition(":")
                self.failures = failures.split(",")
                yield self.OPERATIONS[operation[0]].__get__(self), int(operation[1:] or 0)
            sys.stdout.write(";".join(self.observations) + "\n")
            sys.stdout.flush()

            self.quiet = True
            self.failures = ()
            while self.blocked:
                yield self.go_on, next(iter(self.blocked))
            self.pool = self.fairies = None
            if count % SEQUENCES_BETWEEN_COLLECTIONS == 0:
                gc.collect()

    def start(self, config):
        size, overflow, timeout, recycle, lifo, pre_ping, reset, recreated = config
        self.now = EPOCH
        self.connections = 0
        self.fairies = {}  # by caller
        self.blocked = {}  # the lock that each blocked caller waits for
        self.creating, self.pinging, self.asleep = {}, {}, {}  # by caller
        self.caller = 0
        self.is_off_course = False
        self.seen = []
        self.observations = []
        self.pool = QueuePool(
            self.create,
            pool_size=int(size),
            max_overflow=int(overflow),
            timeout=None if timeout == "-" else int(timeout),
            recycle=-1 if recycle == "-" else int(recycle),
            use_lifo=lifo == "1",
            pre_ping=pre_ping == "1",
            reset_on_return=reset,
            dialect=Dialect(),
        )
        if recreated == "1":
            if self.pool.overflow() < int(overflow) or overflow == "-1":
                used = self.pool.connect()
                self.pool._invalidate(used)
            self.pool = self.pool.recreate()
        self.quiet = False

    def saw(self, what):
        if not self.quiet:
            self.seen.append(what)

    def observe(self):
        """The operation has ended or is blocked."""
        if self.quiet:
            return
        if self.has_failed:
            # The error may have left a fairy behind, in a cycle that SQLAlchemy's reraising makes.
            # It is finalized whenever the collector comes; let that be now.
            self.has_failed = False
            gc.collect()
        pool = self.pool
        waiting = pool._pool.not_empty._waiters
        sleeper = {lock: caller for caller, lock in self.asleep.items()}
        idle = [record.dbapi_connection for record in pool._pool.queue]
        self.observations.append("|".join((
            " ".join(self.seen),
            listed(sorted(self.creating)),
            listed(sorted(self.pinging)),
            listed(sorted(caller for lock, caller in sleeper.items() if lock not in waiting)),
            listed(sleeper.get(lock, "?") for lock in waiting),
            f"{pool.size()} {pool.checkedin()} {pool.overflow()} {pool.checkedout()}",
            listed(connection.number if connection else "-" for connection in idle),
        )))
        self.seen = []

    # ---- Blocking --------------------------------------------------------------------------------

    def block(self, place, what=None):
        caller = self.caller
        place[caller] = what
        self.blocked[caller] = until = locked()
        self.observe()
        self.baton.pass_on(until)
        if self.quiet:
            raise Abandoned

    def resume(self, caller, place, went_well=True):
        del place[caller]  # raises if the caller is not there
        self.went_well = went_well
        self.go_on(caller)

    def go_on(self, caller):
        self.caller = caller
        self.baton.give(self.blocked.pop(caller))

    def create(self, record):
        if not self.quiet:
            self.saw(f"CREATE({self.caller})")
            self.block(self.creating)
            if not self.went_well:
                raise DriverFailed
            self.connections += 1
        return Connection(self.connections)

    # ---- Operations ------------------------------------------------------------------------------

    def acquire(self, caller):
        if caller in self.blocked or caller in self.fairies:
            raise RuntimeError("one acquire at a time")
        self.caller = caller
        try:
            fairy = self.pool.connect()
        except Abandoned:
            return
        except Exception as error:
            self.tell(caller, error)
        else:
            self.fairies[caller] = fairy
            self.saw(f"granted({caller},{fairy.dbapi_connection.number})")
        self.observe()

    def release(self, caller):
        fairy = self.fairies.pop(caller)
        try:
            fairy.close()
        except Exception as error:
            self.tell(caller, error)
        del fairy
        self.observe()

    def invalidate(self, caller, how):
        fairy = self.fairies[caller]
        try:
            how(fairy)
        except Exception as error:
            self.tell(caller, error)
        if not fairy.is_valid:
            del self.fairies[caller], fairy
        self.observe()

    def invalidate_hard(self, caller):
        self.invalidate(caller, lambda fairy: fairy.invalidate())

    def invalidate_soft(self, caller):
        self.invalidate(caller, lambda fairy: fairy.invalidate(soft=True))

    def invalidate_generation(self, caller):
        self.invalidate(caller, self.pool._invalidate)

    def detach(self, caller):
        try:
            self.fairies[caller].detach()
        except Exception as error:
            self.tell(caller, error)
        self.observe()

    def dispose(self, _):
        try:
            self.pool.dispose()
        except Exception as error:
            self.tell("-", error)
        self.observe()

    def advance(self, to):
        self.now = EPOCH + to
        self.observe()

    def wake(self, caller):
        self.resume(caller, self.asleep)

    def connected(self, caller):
        self.resume(caller, self.creating)

    def connect_failed(self, caller):
        self.resume(caller, self.creating, False)

    def ping_succeeded(self, caller):
        self.resume(caller, self.pinging)

    def ping_failed(self, caller):
        self.resume(caller, self.pinging, False)

    OPERATIONS = {
        "a": acquire, "w": wake, "r": release, "d": detach, "x": dispose, "t": advance,
        "i": invalidate_hard, "s": invalidate_soft, "g": invalidate_generation,
        "c": connected, "f": connect_failed, "p": ping_succeeded, "q": ping_failed,
    }

    def tell(self, caller, error):
        if isinstance(error, HookFailed):
            self.saw(f"hook_error({caller},{error.hook})")
        elif isinstance(error, exc.TimeoutError):
            self.saw(f"timed_out({caller})")
        elif isinstance(error, exc.InvalidRequestError):
            self.saw(f"given_up({caller})")
        elif isinstance(error, DriverFailed):
            self.saw(f"connect_error({caller})")
        else:
            self.saw(f"unexpected({caller},{error!r})")
        self.has_failed = True


def listed(items):
    return ",".join(map(str, items))


def listener(hook):
    def called(connection, *_):
        if agent.quiet:
            return
        agent.saw(f"{hook}({connection.number if connection else '-'})")
        if hook in agent.failures:
            if hook == "checkout" and "this_one" in agent.failures:
                raise exc.DisconnectionError
            if hook == "checkout" and "all" in agent.failures:
                raise exc.InvalidatePoolError
            raise HookFailed(hook)

    return called


def collector_complains(complaint):
    """An error in what the garbage collector calls. Python prints it; only a hook may cause one."""
    if not isinstance(complaint.exc_value, HookFailed):
        agent.saw(f"unexpected({complaint.exc_value!r})")


agent = Agent()
base.time = types.SimpleNamespace(time=lambda: agent.now)
queue._time = lambda: agent.now
queue.threading = types.SimpleNamespace(
    RLock=threading.RLock,
    Condition=condition_that_sleeps_by(lambda lock: agent.block(agent.asleep, lock)))
for hook in HOOKS:
    event.listen(QueuePool, hook, listener(hook))
logging.disable()
sys.unraisablehook = collector_complains
gc.disable()
gc.freeze()

print(sqlalchemy.__version__, flush=True)
_thread.start_new_thread(agent.work, ())
agent.finished.acquire()
