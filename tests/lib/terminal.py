# SPDX-License-Identifier: ISC
"""terminal.py: a pseudo-terminal that stands for the one at which a person sits."""
import codecs
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time


class Terminal:
    """One terminal on which several commands run, as in a person's session."""

    def __init__(self, program, columns=80):
        self.program = program
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def start(self, *args, env=None):
        def child():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        self.out = ""
        self.decode = codecs.getincrementaldecoder("utf-8")("replace").decode  # a character may come in pieces
        self.p = subprocess.Popen([self.program, *args], stdin=self.slave, stdout=self.slave, stderr=self.slave,
                                  preexec_fn=child, env={**os.environ, **(env or {})})

    def wait_for(self, pattern, seconds=10):
        end = time.time() + seconds
        while not re.search(pattern, self.out) and time.time() < end:
            if select.select([self.master], [], [], 0.05)[0]:
                self.out += self.decode(os.read(self.master, 65536))
            elif self.p.poll() is not None:
                break
        return re.search(pattern, self.out)

    def echo(self):
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self, seconds=20):
        end = time.time() + seconds
        while self.p.poll() is None and time.time() < end:
            if select.select([self.master], [], [], 0.05)[0]:
                self.out += self.decode(os.read(self.master, 65536))
        if self.p.poll() is None:
            self.p.kill()
        while select.select([self.master], [], [], 0.1)[0]:
            self.out += self.decode(os.read(self.master, 65536))
        return self.p.wait()

    def run(self, *args, answers=(), env=None):
        self.start(*args, env=env)
        for pattern, answer in answers:
            self.wait_for(pattern)
            self.out = self.out + "\0"
            self.type(answer)
        return self.end(), self.out
