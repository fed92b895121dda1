# SPDX-License-Identifier: ISC
"""A backup, and a hub with a kit or a code alone: sync/PROTOCOL.md, "Backups", "The kit", "Codes". age opens the file."""
import io
import json
import os
import re
import subprocess
import tarfile

from home import Opened
from keyfile import Refused
from primitives import H
from repository import Repository
from segment import INVITE, KEYS, Segment, Waits, hash_of_key
from space import Space, invite_recipient, invite_secret
from values import decode

KINDS = {"vault": 0, "share": 1, "shared with me": 2}
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
SHARE = 9


def identity(text):
    """The 32 bytes of an AGE-SECRET-KEY-1... that stands in a text."""
    return bech32("age-secret-key-", re.search("AGE-SECRET-KEY-1[A-Z0-9]{58}", text).group())


def bech32(prefix, word):
    word = "".join(word.split()).lower()
    if not word.startswith(prefix + "1"):
        raise Refused("another prefix")
    values = [BECH32.index(x) for x in word[len(prefix) + 1:]]
    check = 1
    for v in [ord(x) >> 5 for x in prefix] + [0] + [ord(x) & 31 for x in prefix] + values:
        top, check = check >> 25, (check & 0x1ffffff) << 5 ^ v
        for i, g in enumerate((0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3)):
            check ^= g if top >> i & 1 else 0
    if check != 1:
        raise Refused("the checksum")
    bits = "".join(f"{v:05b}" for v in values[:-6])
    n = len(bits) // 8
    return int(bits[:8 * n], 2).to_bytes(n, "big")


def open_backup(path, identity_file, folder):
    """([spaces], {member of the tar: bytes}); folder: an empty one to unpack the chains in."""
    plain = subprocess.run(["age", "-d", "-i", identity_file, path], capture_output=True, check=True).stdout
    members = {}
    with tarfile.open(fileobj=io.BytesIO(plain), format=tarfile.USTAR_FORMAT) as tar:
        for m in tar:
            members[m.name] = tar.extractfile(m).read()
    if list(members)[:3] != ["README.txt", "keys.json", "chains.bundle"]:
        raise Refused("a backup's members are others, or in another order")
    keys = json.loads(members["keys.json"])
    if keys["format"] != "aftercare backup 1":
        raise Refused(f"a backup of format {keys['format']}")
    bundle = os.path.join(folder, "chains.bundle")
    with open(bundle, "wb") as f:
        f.write(members["chains.bundle"])
    git = os.path.join(folder, "chains.git")
    subprocess.run(["git", "init", "-q", "--bare", git], check=True)
    subprocess.run(["git", "-C", git, "fetch", "-q", bundle, "refs/*:refs/*"], check=True, stderr=subprocess.DEVNULL)
    repo = Repository(git)
    out = []
    for s in keys["spaces"]:
        epochs, owners = [[bytes.fromhex(k) for k in s[name]] for name in ("epoch_keys", "owners_keys")]
        recipients = [invite_recipient(bytes.fromhex(s["invite"]))] if s.get("invite") else []
        space = Space(repo, bytes.fromhex(s["space"]), bytes.fromhex(s["root"]), bytes.fromhex(s["name_key"]), recipients, epochs, owners)
        out.append(Opened(space, KINDS[s["kind"]], s.get("patient", keys["patient"])))
    return out, members


def open_hub(path, kit):
    """The vaults that a kit opens in a hub, each followed by its shares."""
    repo, out = Repository(path), []
    for space_id in repo.spaces():
        found = by_kit(repo, space_id, kit)
        if found is None:
            continue
        root, name_key, keys = found
        vault = Space(repo, space_id, root, name_key, [invite_recipient(kit)], keys)
        out.append(Opened(vault, 0, ""))
        for entry in shares(vault):
            box = vault.open_box(entry[3])
            if box:
                share = Space(repo, entry[1], entry[2], box[32:64], [invite_recipient(box[:32])])
                out.append(Opened(share, 1, ""))
    return out


def open_code(path, code):
    """The space that a code lets one join, as a hub has it: sync/PROTOCOL.md, "Invites"."""
    version, is_share, secret, space_id, root, _, floor_branch, floor, floor_hash = decode(bech32("aftercare", code))[:9]
    if version != 1:
        raise Refused(f"a code of version {version}")
    repo, key = Repository(path), invite_secret(secret, b"branch")
    namespace, branch = H(16, b"invites\0" + space_id)[:8], H(16, space_id, key)
    (blob,), = repo.history(repo.branches(namespace)[branch])[0]
    seg = Segment(repo.blob(blob), space_id, branch, namespace)
    if seg.kind != INVITE or not seg.open(key) or seg.number or any(seg.link):
        raise Refused("no invite")
    name_key, epochs, owners = seg.entries[0].items[:3]
    space = Space(repo, space_id, root, name_key, [invite_recipient(secret)], epochs, owners)
    if not seg.signature_fits(space.membership.members[seg.writer].public):
        raise Refused("an invite that its inviter did not sign")
    if space.hash_at(floor_branch, floor) != floor_hash:
        raise Refused("the inviter's chain does not reach what the code names")
    return Opened(space, 2 if is_share else 0, "")


def clear_segments(repo, space_id):
    for branch, tip in repo.branches(space_id).items():
        for blobs in reversed(repo.history(tip)[0]):
            for blob in reversed(blobs):
                try:
                    seg = Segment(repo.blob(blob), space_id, branch)
                except (Refused, Waits):
                    continue
                if seg.kind == KEYS:
                    yield seg


def by_kit(repo, space_id, kit):
    """(root, name key, keys) where the kit unwraps a keys segment of the space."""
    try:
        segments = list(clear_segments(repo, space_id))
    except Refused:
        return None
    secret, psk = invite_recipient(kit)
    keys, name_key = {}, None
    for seg in segments:
        for k in seg.unwrap("epoch", secret, psk):
            if hash_of_key(k) == seg.key_hash and seg.open(k):
                entry = next(e.items for e in seg.entries if e.kind == 7)
                keys.update(dict.fromkeys([k] + entry[4]))
                name_key = entry[2]
    for seg in segments:
        if seg.clear_number == 0 and any(seg.open(k) for k in keys if hash_of_key(k) == seg.key_hash):
            if any(e.kind == 6 and e.items[5] is None for e in seg.entries):
                return seg.hash, name_key, list(keys)
    return None


def shares(vault):
    """The newest entry of each share, by owners."""
    newest = {}
    for seg, where, _ in vault.placed():
        if vault.by_owner(seg):
            for place, e in enumerate(seg.entries):
                if e.kind == SHARE and len(e.items) >= 9:
                    newest.setdefault(e.items[1], []).append((seg.clock, seg.branch, seg.number, place, e.items))
    return [max(rows, key=lambda r: r[:4])[4] for _, rows in sorted(newest.items())]
