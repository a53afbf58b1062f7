"""One terminal: a login shell in a pseudo-terminal, kept while nobody looks at it.

    python3 -I -S terminal.py FOLDER SETTINGS

It runs as the user whose shell it is, and listens at FOLDER/terminal.sock for the one who looks at
it; a second takes the place of the first. When it ends, FOLDER/ended says why. Messages in both
directions are a byte for the kind, four for the length, and that many bytes; numbers are big-endian,
places in the output are counted in bytes from its beginning. `protocol.ts` beside it has the kinds.

Python 3.6 and its library are enough: it is on every machine that cloud-init runs on.
"""

import errno
import fcntl
import json
import os
import select
import signal
import socket
import struct
import sys
import termios
import time

# What is kept of the output for whoever comes back.
KEPT = 1 << 20
# What may be on its way to a reader that has not said that it has seen it.
WINDOW = 256 << 10
MOST_INPUT = 4 << 20
MOST_MESSAGE = 64 << 10
PIECE = 64 << 10
# How far a line is looked for where older output is thrown away.
MOST_LINE = 4096
HANG_UP_SECONDS = 5
DRAIN_SECONDS = 10
LINGER_SECONDS = 2
TICK_SECONDS = 1
OURS = (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class Terminal:
    def __init__(self, folder, settings):
        self.settings = settings
        self.record = os.open(
            os.path.join(folder, "ended"), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600
        )
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        path = os.path.join(folder, "terminal.sock")
        self.listener.bind(path + ".new")
        self.listener.listen(8)
        self.listener.setblocking(False)
        self.wake, wake = os.pipe()
        for end in (self.wake, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake)
        for name in OURS:
            signal.signal(name, self.on_signal)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        self.shell, self.master = start_shell(settings)
        os.set_blocking(self.master, False)
        # Last: whoever sees the socket finds a terminal behind it.
        os.rename(path + ".new", path)

        self.kept = bytearray()
        self.first = 0
        self.input = bytearray()
        self.connections = []
        self.reader = None
        self.status = None
        self.reason = None
        self.is_silent = False
        now = time.monotonic()
        self.detached_since = now
        self.typed_at = now

    @property
    def end(self):
        return self.first + len(self.kept)

    def on_signal(self, number, _frame):
        if number != signal.SIGCHLD:
            self.hang_up("stopped")

    def run(self):
        ending_since = None
        killed = False
        while True:
            self.reap()
            now = time.monotonic()
            if self.reason is None:
                self.look_at_clock(now)
            if self.reason is not None:
                ending_since = now if ending_since is None else ending_since
                if self.status is None and not killed and now - ending_since > HANG_UP_SECONDS:
                    kill(self.shell, signal.SIGKILL)
                    killed = True
                is_seen = self.reader is None or self.reader.sent >= self.end
                is_late = now - ending_since > DRAIN_SECONDS
                if self.status is not None and ((self.is_silent and is_seen) or is_late):
                    return
            self.turn()

    def turn(self):
        reads = [self.wake]
        writes = []
        if self.reason is None:
            reads.append(self.listener)
        reads.extend(connection.socket for connection in self.connections)
        may_read = self.reader is None or self.end - self.reader.seen < WINDOW
        if not self.is_silent and may_read:
            reads.append(self.master)
        if self.input and not self.is_silent:
            writes.append(self.master)
        writes.extend(one.socket for one in self.connections if one.has_more(self))
        # Once the shell is over, what it wrote is there already.
        wait = 0.05 if self.status is not None else TICK_SECONDS
        try:
            readable, writable, _ = select.select(reads, writes, [], wait)
        except InterruptedError:
            return
        if self.wake in readable:
            drain(self.wake)
        if self.listener in readable:
            self.accept()
        for connection in list(self.connections):
            if connection.socket in readable:
                connection.read(self)
        if self.master in readable:
            self.read_output()
        elif self.status is not None and may_read:
            self.is_silent = True
        if self.master in writable:
            self.write_input()
        for connection in list(self.connections):
            if connection.socket in writable:
                connection.write(self)

    def look_at_clock(self, now):
        grace = self.settings["detachedSeconds"]
        idle = self.settings["idleSeconds"]
        if self.reader is None and now - self.detached_since > grace:
            self.hang_up("detached")
        elif idle > 0 and now - self.typed_at > idle:
            self.hang_up("idle")

    def hang_up(self, reason):
        """As a line that goes dead: everything that has the terminal is told."""
        if self.reason is not None:
            return
        self.reason = reason
        groups = {self.shell}
        try:
            groups.add(os.tcgetpgrp(self.master))
        except OSError:
            pass
        for number in (signal.SIGHUP, signal.SIGCONT):
            # There may be none in front, which is 0 and would mean our own.
            for group in groups - {0}:
                kill(-group, number)

    def reap(self):
        if self.status is not None:
            return
        pid, status = os.waitpid(self.shell, os.WNOHANG)
        if pid == self.shell:
            self.status = status
            if self.reason is None:
                self.reason = "exited"

    def accept(self):
        try:
            accepted, _ = self.listener.accept()
        except OSError:
            return
        accepted.setblocking(False)
        self.connections.append(Connection(accepted))

    def attach(self, connection, wish):
        if self.reader is not None and self.reader is not connection:
            self.reader.send(b"t", b"")
            self.reader.is_leaving = True
        offset = wish.get("offset")
        start = self.first if offset is None else min(max(offset, self.first), self.end)
        missed = 0 if offset is None else start - min(offset, start)
        connection.sent = connection.seen = start
        self.reader = connection
        hello = {"offset": start, "end": self.end, "missed": missed}
        connection.send(b"h", json.dumps(hello).encode())
        self.resize(wish)

    def leave(self, connection):
        connection.socket.close()
        if connection in self.connections:
            self.connections.remove(connection)
        if self.reader is connection:
            self.reader = None
            self.detached_since = time.monotonic()

    def resize(self, wish):
        columns, rows = wish.get("columns"), wish.get("rows")
        if columns is not None and rows is not None and self.status is None:
            set_size(self.master, columns, rows)

    def take_input(self, data):
        self.typed_at = time.monotonic()
        self.input.extend(data)
        return len(self.input) <= MOST_INPUT

    def write_input(self):
        try:
            count = os.write(self.master, bytes(self.input[:PIECE]))
            del self.input[:count]
        except OSError as error:
            if error.errno != errno.EAGAIN:
                self.input.clear()

    def read_output(self):
        try:
            data = os.read(self.master, PIECE)
        except OSError as error:
            if error.errno == errno.EAGAIN:
                return
            data = b""
        if not data:
            self.is_silent = True
            return
        self.kept.extend(data)
        excess = len(self.kept) - KEPT
        if excess > 0:
            line = self.kept.find(b"\n", excess, excess + MOST_LINE)
            excess = excess if line < 0 else line + 1
            del self.kept[:excess]
            self.first += excess

    def tell_end(self):
        code, number = None, None
        if self.status is not None and os.WIFSIGNALED(self.status):
            number = os.WTERMSIG(self.status)
        elif self.status is not None:
            code = os.WEXITSTATUS(self.status)
        ended = json.dumps({"reason": self.reason, "exitCode": code, "signal": number}).encode()
        os.write(self.record, ended)
        if self.reader is not None:
            self.reader.send(b"e", ended)
            self.reader.finish()
        os.close(self.record)


class Connection:
    """Nobody until it has said where it wants to go on."""

    def __init__(self, accepted):
        self.socket = accepted
        self.incoming = bytearray()
        self.outgoing = bytearray()
        self.sent = 0
        self.seen = 0
        self.is_leaving = False

    def send(self, kind, payload):
        self.outgoing.extend(kind + struct.pack(">I", len(payload)) + payload)

    def has_more(self, terminal):
        return bool(self.outgoing) or self.is_leaving or self.room(terminal) > 0

    def room(self, terminal):
        if terminal.reader is not self:
            return 0
        return min(terminal.end, self.seen + WINDOW) - self.sent

    def read(self, terminal):
        try:
            data = self.socket.recv(PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            terminal.leave(self)
            return
        self.incoming.extend(data)
        while len(self.incoming) >= 5:
            (length,) = struct.unpack(">I", self.incoming[1:5])
            if length > MOST_MESSAGE:
                terminal.leave(self)
                return
            if len(self.incoming) < 5 + length:
                return
            kind = bytes(self.incoming[:1])
            payload = bytes(self.incoming[5 : 5 + length])
            del self.incoming[: 5 + length]
            try:
                is_well = self.take(terminal, kind, payload)
            except (ValueError, TypeError, AttributeError, struct.error):
                is_well = False
            if not is_well:
                terminal.leave(self)
                return

    def take(self, terminal, kind, payload):
        if kind == b"a":
            terminal.attach(self, json.loads(payload.decode()))
            return True
        if terminal.reader is not self:
            return not self.is_leaving
        if kind == b"i":
            return terminal.take_input(payload)
        if kind == b"r":
            terminal.resize(json.loads(payload.decode()))
        elif kind == b"s":
            (seen,) = struct.unpack(">Q", payload)
            self.seen = max(self.seen, min(seen, self.sent))
        return True

    def write(self, terminal):
        room = min(self.room(terminal), PIECE)
        if room > 0 and len(self.outgoing) < PIECE:
            start = self.sent - terminal.first
            self.send(b"o", bytes(terminal.kept[start : start + room]))
            self.sent += room
        if not self.flush() or (self.is_leaving and not self.outgoing):
            terminal.leave(self)

    def finish(self):
        self.socket.settimeout(DRAIN_SECONDS)
        try:
            self.socket.sendall(self.outgoing)
            # A socket that is closed with something unread breaks off, and takes along what it sent.
            self.socket.shutdown(socket.SHUT_WR)
            self.socket.settimeout(LINGER_SECONDS)
            while self.socket.recv(PIECE):
                pass
        except OSError:
            pass

    def flush(self):
        try:
            count = self.socket.send(self.outgoing) if self.outgoing else 0
            del self.outgoing[:count]
        except BlockingIOError:
            pass
        except OSError:
            return False
        return True


def start_shell(settings):
    """A session of its own whose controlling terminal is the new one."""
    master, slave = os.openpty()
    set_size(master, settings["columns"], settings["rows"])
    pid = os.fork()
    if pid > 0:
        os.close(slave)
        return pid, master
    try:
        for name in (*OURS, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(name, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for number in range(3):
            os.dup2(slave, number)
        home = settings["environment"].get("HOME", "/")
        try:
            os.chdir(home)
        except OSError as error:
            print("%s: %s" % (home, error.strerror), file=sys.stderr)
            os.chdir("/")
        shell = settings["environment"]["SHELL"]
        environment = dict(settings["environment"], TERM="xterm-256color", COLORTERM="truecolor")
        sys.stderr.flush()
        os.execve(shell, ["-" + os.path.basename(shell)], environment)
    except BaseException as error:
        os.write(2, ("the login shell does not start: %s\r\n" % error).encode())
    finally:
        os._exit(127)


def set_size(descriptor, columns, rows):
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def kill(pid, number):
    try:
        os.kill(pid, number)
    except OSError:
        pass


def drain(descriptor):
    try:
        while os.read(descriptor, 512):
            pass
    except OSError:
        pass


def main():
    os.umask(0o022)
    terminal = Terminal(sys.argv[1], json.loads(sys.argv[2]))
    terminal.run()
    terminal.tell_end()


main()
