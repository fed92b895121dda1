# SPDX-License-Identifier: ISC
"""A home, opened with its passphrase."""
import os

from attachments import Attachments
from keyfile import open_keyfile
from reports import Reports
from repository import Repository
from space import Space
from versions import Record

VAULT = 0
BOUND = 268435456      # what the versions of a document may weigh together


class Opened:
    """One space of a home or a backup, read."""

    def __init__(self, space, kind, patient, bound=BOUND):
        self.space, self.kind, self.patient = space, kind, patient
        self.record = Record(space, kind != VAULT)
        self.attachments = Attachments(space)
        self.reports = Reports(self.record, self.attachments.get, bound)


def open_home(home, passphrase, bound=BOUND):
    """All spaces of the home."""
    with open(os.path.join(home, "keys"), "rb") as f:
        keys = open_keyfile(f.read(), passphrase)
    repo = Repository(os.path.join(home, "repo.git"))
    return [Opened(Space.of_keyfile(repo, k), k.kind, k.patient, bound) for k in keys.spaces]
