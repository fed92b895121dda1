# SPDX-License-Identifier: ISC
"""serve.py from Python: a git server for the time of a test.

    s = Server("https", folder)     # folder/hub.git is what it serves
    s.url, s.env                    # what a command needs
    s.end()
"""
import os
import shlex
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


class Server:
    def __init__(self, kind, root, *more):
        self.kind, self.root = kind, root
        with open(os.path.join(root, f"{kind}.log"), "a") as log:
            self.process = subprocess.Popen([sys.executable, os.path.join(HERE, "serve.py"), kind, root, *more],
                                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True)
        said = {}
        for line in self.process.stdout:
            name, _, value = line.strip().partition("=")
            said[name] = "".join(shlex.split(value))
            if name == "READY":
                break
        if "READY" not in said:
            self.end()
            raise RuntimeError(f"the {kind} server did not start: see {root}/{kind}.log")
        self.url = said["URL"] + "/hub.git"
        self.env = {name: said[key] for name, key in (("AFTERCARE_CA_FILE", "CA"), ("AFTERCARE_SSH", "SSH"))
                    if key in said}

    def fault(self, line=None):
        """From now on it goes wrong as serve.py says; None: no more. How often it did."""
        met = os.path.join(self.root, "fault.met")
        n = 0
        if os.path.exists(met):
            with open(met) as f:
                n = len(f.readlines())
            os.unlink(met)
        name = os.path.join(self.root, "fault")
        if line:
            with open(name + ".new", "w") as f:
                f.write(line + "\n")
            os.rename(name + ".new", name)
        elif os.path.exists(name):
            os.unlink(name)
        return n

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
