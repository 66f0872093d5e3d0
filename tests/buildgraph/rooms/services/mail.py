"""A mail sink of the standard library: takes what is sent to it by SMTP and writes each message into a folder. Usage: PORT FOLDER"""

import itertools
import socketserver
import sys
from pathlib import Path

NUMBERS = itertools.count()


class Session(socketserver.StreamRequestHandler):
    """One connection (RFC 5321), as much as smtplib needs."""

    def handle(self) -> None:
        self._say("220 sink")
        for line in self.rfile:
            verb = line.split()[0].upper() if line.split() else b""
            if verb == b"DATA":
                self._say("354 go on")
                self._keep()
            elif verb == b"QUIT":
                self._say("221 bye")
                return
            self._say("250 sink" if verb != b"DATA" else "250 kept")

    def _keep(self) -> None:
        lines = iter(self.rfile.readline, b".\r\n")
        Path(sys.argv[2], f"{next(NUMBERS)}.eml").write_bytes(b"".join(lines))

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


if __name__ == "__main__":
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    with socketserver.ThreadingTCPServer(("127.0.0.1", int(sys.argv[1])), Session) as server:
        server.daemon_threads = True
        server.serve_forever()
