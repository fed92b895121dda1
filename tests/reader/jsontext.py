# SPDX-License-Identifier: ISC
"""JSON out, as schema/FORMAT.md has it."""
import base64
import json

from values import Decimal, Kept, NumberText, Opaque


class NoJson(ValueError):
    """A value of a later version has no JSON."""


def text(v, attachment=None):
    """Minified JSON of a body. attachment(kept) gives the bytes of one."""
    if isinstance(v, str):
        return json.dumps(v, ensure_ascii=False)
    if v is None or v is True or v is False:
        return {None: "null", True: "true", False: "false"}[v]
    if isinstance(v, int):
        return str(v)
    if isinstance(v, dict):
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{text(x, attachment)}" for k, x in v.items()) + "}"
    if isinstance(v, Decimal):
        return v.text()
    if isinstance(v, NumberText):
        return v.spelling
    if isinstance(v, list):
        return "[" + ",".join(text(x, attachment) for x in v) + "]"
    if isinstance(v, Kept):
        v = attachment(v)
    if isinstance(v, bytes):
        return f'"{base64.b64encode(v).decode()}"'
    if isinstance(v, Opaque):
        raise NoJson("a value of a later version")
    raise TypeError(type(v))
