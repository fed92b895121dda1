# SPDX-License-Identifier: ISC
"""The bare repository: refs and batches (store/FORMAT.md, "Batches"). git itself reads the objects."""
import hashlib
import os
import subprocess

from keyfile import Refused

WALK = 1048576


class NoBatch(Refused):
    def __init__(self, why, parent):
        super().__init__(why)
        self.parent = parent


class Repository:
    def __init__(self, path):
        self.path = path
        self.env = dict(os.environ, GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null")
        self.pipe = subprocess.Popen(["git", "-C", path, "cat-file", "--batch"], env=self.env,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def close(self):
        if self.pipe.stdin.closed:
            return
        self.pipe.stdin.close()
        self.pipe.wait()
        self.pipe.stdout.close()

    def branches(self, space):
        """branch (16 bytes) -> tip, of refs/heads/<space>/."""
        out = subprocess.run(["git", "-C", self.path, "for-each-ref", "--format=%(refname) %(objectname)", f"refs/heads/{space.hex()}/"],
                             env=self.env, check=True, capture_output=True, text=True).stdout
        found = {}
        for line in out.splitlines():
            ref, tip = line.split()
            name = ref.split("/")[3]
            if len(name) == 32:
                found[bytes.fromhex(name)] = tip
        return found

    def spaces(self):
        out = subprocess.run(["git", "-C", self.path, "for-each-ref", "--format=%(refname)", "refs/heads/"],
                             env=self.env, check=True, capture_output=True, text=True).stdout
        return sorted({bytes.fromhex(ref.split("/")[2]) for ref in out.split()})

    def object(self, name, kind):
        self.pipe.stdin.write(name.encode() + b"\n")
        self.pipe.stdin.flush()
        head = self.pipe.stdout.readline().split()
        if len(head) != 3:
            raise Refused(f"object {name} is missing")
        data = self.pipe.stdout.read(int(head[2]))
        self.pipe.stdout.read(1)
        if head[1].decode() != kind:
            raise Refused(f"object {name} is a {head[1].decode()}")
        if hashlib.sha1(f"{kind} {len(data)}\0".encode() + data).hexdigest() != name:
            raise Refused(f"object {name} is not what its name says")
        return data

    def batch(self, commit):
        """(parent or None, [names of blobs]) of a commit that is a batch."""
        data = self.object(commit, "commit")
        lines = data.split(b"\n")
        parent = lines[1][7:].decode() if lines[1].startswith(b"parent ") else None
        tree = lines[0][5:].decode()
        want = f"tree {tree}\n" + (f"parent {parent}\n" if parent else "") + "author a <a> 0 +0000\ncommitter a <a> 0 +0000\n\n"
        if data != want.encode():
            raise NoBatch("a commit that is no batch", parent)
        raw, blobs, at = self.object(tree, "tree"), [], 0
        while at < len(raw):
            name = f"100644 {len(blobs):04x}\0".encode()
            if raw[at:at + len(name)] != name or at + len(name) + 20 > len(raw):
                raise NoBatch("a tree that is no batch", parent)
            blobs.append(raw[at + len(name):at + len(name) + 20].hex())
            at += len(name) + 20
        if not 1 <= len(blobs) <= 4096:
            raise NoBatch("a batch of no, or too many, segments", parent)
        return parent, blobs

    def history(self, tip):
        """(batches from the oldest, each a list of blobs; why what lies above them is passed over, or None)."""
        out, why, walked = [], None, 0
        while tip:
            try:
                tip, blobs = self.batch(tip)
                out.append(blobs)
            except NoBatch as e:
                out, why, tip = [], str(e), e.parent
            walked += 1
            if walked > WALK:
                raise Refused("too many commits")
        return out[::-1], why

    def blob(self, name):
        return self.object(name, "blob")
