"""The other side: a mail server and the server of group robots, which can misbehave."""

import json
import re
import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MESSAGE_ID = re.compile(rb"^Message-ID:\s*<([0-9a-f-]+)@", re.IGNORECASE | re.MULTILINE)
LONG = 30  # seconds that a slow server takes


@dataclass
class Take:
    """A mail whose text arrived whole: whatever the sender hears, this server has it."""

    uid: str
    address: str
    at: float


class MailSink:
    """`mode`: ok, refuse, slow, busy (421), unknown (550), drop
    (the line is cut when the text has arrived), hang. `seconds` is how long a mail takes."""

    def __init__(self, seconds=0.005):
        self.seconds, self.mode = seconds, "ok"
        self.takes: list[Take] = []
        self.unanswered = 0  # taken, and the sender never heard of it by our own fault
        self.lines, self.changed = set(), threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self._listen()

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    def behave(self, mode):
        before, self.mode = self.mode, mode
        self.changed.set()
        self.changed = threading.Event()
        if mode == "refuse":
            self.stop()
        elif before == "refuse":
            self.listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
            self._listen()

    def stop(self):
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for line in list(self.lines):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _listen(self):
        threading.Thread(target=self._accept, args=[self.listener], daemon=True).start()

    def _accept(self, listener):
        while True:
            try:
                line, _address = listener.accept()
            except OSError:
                return
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=[line], daemon=True).start()

    def _serve(self, line):
        self.lines.add(line)
        with suppress(OSError), line, line.makefile("rb") as told:
            self._talk(line, told)
        self.lines.discard(line)

    def _talk(self, line, told):
        if not self._greets(line):
            return
        address = ""
        while words := told.readline():
            verb = words[:4].upper()
            if verb == b"RCPT":
                address = words.partition(b"<")[2].partition(b">")[0].decode()
            if self._is_at_fault(line) or not self._answer(line, told, verb, address):
                return

    def _is_at_fault(self, line) -> bool:
        if self.mode == "hang":
            self.changed.wait()
        elif self.mode != "busy":
            return False
        line.sendall(b"421 come again later\r\n")
        return True

    def _answer(self, line, told, verb, address) -> bool:
        """Whether the sender may say more."""
        if verb == b"DATA":
            line.sendall(b"354 go on\r\n")
            return self._take(line, told, address)
        if verb == b"RCPT":
            line.sendall(self._knows())
        elif verb == b"QUIT":
            line.sendall(b"221 bye\r\n")
            return False
        else:
            line.sendall(b"250 ok\r\n")
        return True

    def _greets(self, line):
        if self.mode == "hang":
            self.changed.wait()
            return False
        if self.mode == "busy":
            line.sendall(b"421 come again later\r\n")
            return False
        line.sendall(b"220 sink\r\n")
        return True

    def _knows(self):
        return b"550 no such mailbox\r\n" if self.mode == "unknown" else b"250 ok\r\n"

    def _take(self, line, told, address):
        text = bytearray()
        while (words := told.readline()) != b".\r\n":
            if not words:
                return False
            text += words
        mode = self.mode
        uid = MESSAGE_ID.search(text)[1].decode().replace("-", "")
        self.takes.append(Take(uid, address, time.monotonic()))
        if mode in ("slow", "drop"):
            self.unanswered += 1
            if mode == "slow":
                self.changed.wait(LONG)
            return False
        time.sleep(self.seconds)
        try:
            line.sendall(b"250 taken\r\n")
        except OSError:
            self.unanswered += self.mode == "refuse"  # this server cut the line, nobody was killed
            raise
        return True


@dataclass
class RobotSink:
    """`mode`: ok, busy (429), hang."""

    mode: str = "ok"
    told: list = field(default_factory=list)  # (robot, text)
    asked: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self):
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                outer.answer(self)

            def log_message(self, *words):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=[0.1], daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def behave(self, mode):
        self.mode = mode
        self.over.set()
        self.over = threading.Event()

    def answer(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        self.asked += 1
        if self.mode == "hang":
            self.over.wait(LONG)
            return
        busy = self.mode == "busy"
        if not busy:
            self.told.append(
                (handler.path.rpartition("=")[2], json.dumps(json.loads(body), ensure_ascii=False))
            )
        said = json.dumps({"errcode": 45009 if busy else 0, "errmsg": "ok"}).encode()
        with suppress(OSError):
            handler.send_response(429 if busy else 200)
            handler.send_header("Content-Length", str(len(said)))
            handler.end_headers()
            handler.wfile.write(said)

    def stop(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


class Line:
    """What lies between the portal and Redis; `cut` leaves connections open at both ends' belief,
    and nothing arrives any more. Once mended, whoever speaks into a lost one is told so (RST);
    whoever only listens hears nothing for ever, as when a host died and came back."""

    def __init__(self, port):
        self.to, self.is_cut, self.lost = port, False, {}
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.ends = {}
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        self.is_cut = True
        for near, far in list(self.ends.items()):
            self.lost[near] = False  # has not spoken since
            with suppress(OSError):
                far.shutdown(socket.SHUT_RDWR)

    def mend(self):
        self.is_cut = False
        for near, spoke in list(self.lost.items()):
            if spoke:
                self._reset(near)

    def stop(self):
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for near in [*self.ends, *self.lost]:
            near.close()

    def _accept(self):
        while True:
            try:
                near, _address = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=[near], daemon=True).start()

    def _carry(self, near):
        far = None
        if self.is_cut:
            self.lost[near] = False
        else:
            try:
                far = socket.create_connection(("127.0.0.1", self.to), 2)
                far.settimeout(None)
            except OSError:
                self._reset(near)
                return
            self.ends[near] = far
            threading.Thread(target=self._back, args=[near, far], daemon=True).start()
        self._forth(near, far)

    def _forth(self, near, far):
        with suppress(OSError):
            while data := near.recv(65536):
                if near in self.lost:
                    self.lost[near] = True
                    if not self.is_cut:
                        self._reset(near)
                        return
                else:
                    far.sendall(data)
        self._forget(near, far)

    def _back(self, near, far):
        with suppress(OSError):
            while (data := far.recv(65536)) and near not in self.lost:
                near.sendall(data)
        if near not in self.lost:
            self._forget(near, far)

    def _forget(self, near, far):
        self.ends.pop(near, None)
        self.lost.pop(near, None)
        for end in filter(None, (near, far)):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _reset(self, near):
        with suppress(OSError):
            near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._forget(near, None)
