# SPDX-License-Identifier: ISC
"""The primitives that store/FORMAT.md names under "Conventions", and padding and packing.

BLAKE2b and HKDF are Python's own; the rest is Debian's libsodium and libzstd, called as they are.
"""
import ctypes
import hashlib
import hmac

SODIUM = ctypes.CDLL("libsodium.so.23")
ZSTD = ctypes.PyDLL("libzstd.so.1")       # one context for all threads: one call at a time
if SODIUM.sodium_init() < 0:
    raise OSError("libsodium does not start")
for _f in ("ZSTD_createDCtx", "ZSTD_findFrameCompressedSize", "ZSTD_decompress_usingDict"):
    getattr(ZSTD, _f).restype = ctypes.c_size_t
ZSTD.ZSTD_createDCtx.restype = ctypes.c_void_p

SECRET_EMPTY = b"\0" * 32
FRAME = bytes.fromhex("28b52ffd00")


def H(n, m, key=b""):
    return hashlib.blake2b(m, digest_size=n, key=key).digest()


def hkdf(salt, ikm, info):
    """HKDF-SHA-256, 32 bytes of output."""
    prk = hmac.digest(salt or SECRET_EMPTY, ikm, "sha256")
    return hmac.digest(prk, info + b"\x01", "sha256")


def xopen(key, nonce, ad, sealed):
    """What XSEAL sealed; None where it does not open."""
    if len(sealed) < 16:
        return None
    out = ctypes.create_string_buffer(len(sealed))
    n = ctypes.c_ulonglong()
    bad = SODIUM.crypto_aead_xchacha20poly1305_ietf_decrypt(
        out, ctypes.byref(n), None, sealed, ctypes.c_ulonglong(len(sealed)), ad, ctypes.c_ulonglong(len(ad)), nonce, key)
    return None if bad else out.raw[:n.value]


def xseal(key, nonce, ad, plain):
    """Only for tests that forge."""
    out = ctypes.create_string_buffer(len(plain) + 16)
    n = ctypes.c_ulonglong()
    SODIUM.crypto_aead_xchacha20poly1305_ietf_encrypt(
        out, ctypes.byref(n), plain, ctypes.c_ulonglong(len(plain)), ad, ctypes.c_ulonglong(len(ad)), None, nonce, key)
    return out.raw[:n.value]


def x25519(secret, point):
    """The shared secret; None for a result of 32 zeros."""
    out = ctypes.create_string_buffer(32)
    return None if SODIUM.crypto_scalarmult_curve25519(out, secret, point) else out.raw


def x25519_public(secret):
    out = ctypes.create_string_buffer(32)
    SODIUM.crypto_scalarmult_curve25519_base(out, secret)
    return out.raw


def ed25519_keys(seed):
    """Public key and libsodium's form of the secret."""
    pub, sec = ctypes.create_string_buffer(32), ctypes.create_string_buffer(64)
    SODIUM.crypto_sign_seed_keypair(pub, sec, seed)
    return pub.raw, sec.raw


def ed25519_sign(seed, message):
    """Only for tests that forge."""
    out = ctypes.create_string_buffer(64)
    SODIUM.crypto_sign_detached(out, None, message, ctypes.c_ulonglong(len(message)), ed25519_keys(seed)[1])
    return out.raw


def ed25519_fits(public, signature, message):
    if len(public) != 32 or len(signature) != 64:
        return False
    # key and R: canonical points of the prime-order group other than zero
    if not all(SODIUM.crypto_core_ed25519_is_valid_point(p) == 1 for p in (public, signature[:32])):
        return False
    return SODIUM.crypto_sign_verify_detached(signature, message, ctypes.c_ulonglong(len(message)), public) == 0


def argon2id(passphrase, salt, passes, kib):
    out = ctypes.create_string_buffer(32)
    bad = SODIUM.crypto_pwhash(out, ctypes.c_ulonglong(32), passphrase, ctypes.c_ulonglong(len(passphrase)), salt,
                               ctypes.c_ulonglong(passes), ctypes.c_size_t(kib * 1024), 2)
    if bad:
        raise MemoryError("Argon2id")
    return out.raw


def padme(n):
    if n < 2:
        return n
    e = n.bit_length() - 1
    s = e.bit_length()
    if e <= s:
        return n
    mask = (1 << (e - s)) - 1
    return (n + mask) & ~mask


def unpack(packed, size, dictionary):
    """The entries of a segment; None where not exactly one frame of that length comes out."""
    frame = FRAME + packed
    if not packed:
        return None
    # RFC 8878, 3.1.1.1.2: the window's descriptor is the byte behind the header's
    base = 1 << (10 + (packed[0] >> 3))
    if base + base // 8 * (packed[0] & 7) > 8 << 20:
        return None
    if ZSTD.ZSTD_findFrameCompressedSize(frame, ctypes.c_size_t(len(frame))) != len(frame):
        return None
    out = ctypes.create_string_buffer(size + 1)
    n = ZSTD.ZSTD_decompress_usingDict(ctypes.c_void_p(DCTX), out, ctypes.c_size_t(size + 1), frame, ctypes.c_size_t(len(frame)),
                                       dictionary or None, ctypes.c_size_t(len(dictionary)))
    return out.raw[:size] if n == size else None


DCTX = ZSTD.ZSTD_createDCtx()


def pack(plain):
    """Only for tests that forge: one frame with one raw block, without its first five bytes."""
    if len(plain) >= 1 << 17:
        raise ValueError("too long for one raw block")
    return bytes([10 << 3]) + ((len(plain) << 3) | 1).to_bytes(3, "little") + plain
