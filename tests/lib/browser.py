# SPDX-License-Identifier: ISC
"""A headless Chromium for tests: one process, spoken to over two pipes.

Debian's chromium is found by its name. Every request that a page makes is noted; none leaves,
for there is no resolver. A page is opened from a file.
"""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

FLAGS = ["--headless=new", "--remote-debugging-pipe", "--no-first-run", "--no-default-browser-check", "--disable-gpu", "--disable-extensions",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--metrics-recording-only", "--mute-audio",
         "--hide-scrollbars", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND", "--font-render-hinting=none"]


def program():
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Browser:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="aftercare-browser-")
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        flags = FLAGS + [f"--user-data-dir={self.folder}"] + (["--no-sandbox"] if os.geteuid() == 0 else [])

        def pipes():  # the browser reads 3 and writes 4
            a, b = os.dup(theirs_in), os.dup(theirs_out)
            os.dup2(a, 3)
            os.dup2(b, 4)
            os.closerange(5, 256)

        env = dict(os.environ, HOME=self.folder, XDG_CONFIG_HOME=self.folder, XDG_CACHE_HOME=self.folder)
        self.p = subprocess.Popen([program(), *flags, "about:blank"], preexec_fn=pipes, close_fds=False, env=env,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        self.r, self.w, self.buf, self.n = ours_in, ours_out, b"", 0
        self.events = []

    def read(self, until):
        while b"\0" not in self.buf:
            ready, _, _ = select.select([self.r], [], [], max(0, until - time.monotonic()))
            if not ready:
                raise TimeoutError("the browser does not answer")
            more = os.read(self.r, 1 << 20)
            if not more:
                raise RuntimeError("the browser ended")
            self.buf += more
        one, _, self.buf = self.buf.partition(b"\0")
        return json.loads(one)

    def call(self, method, session=None, timeout=60, **params):
        self.n += 1
        m = {"id": self.n, "method": method, "params": params}
        if session:
            m["sessionId"] = session
        data = json.dumps(m).encode() + b"\0"
        while data:
            data = data[os.write(self.w, data):]
        until = time.monotonic() + timeout
        while True:
            a = self.read(until)
            if a.get("id") == self.n:
                if "error" in a:
                    raise RuntimeError(f"{method}: {a['error']}")
                return a["result"]
            self.events.append(a)

    def open(self, path, width=1200, height=900, dark=False):
        """A page of a file, loaded."""
        t = self.call("Target.createTarget", url="about:blank")["targetId"]
        page = Page(self, t, self.call("Target.attachToTarget", targetId=t, flatten=True)["sessionId"])
        for domain in ("Page", "Network", "Log", "Runtime"):
            page.call(domain + ".enable")
        page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.events.clear()
        page.call("Page.navigate", url="file://" + os.path.abspath(path))
        until = time.monotonic() + 60
        while not any(e.get("method") == "Page.loadEventFired" and e.get("sessionId") == page.session for e in self.events):
            self.events.append(self.read(until))
        return page

    def close(self):
        try:
            self.call("Browser.close", timeout=10)
        except Exception:
            pass
        try:
            self.p.wait(10)
        except subprocess.TimeoutExpired:
            self.p.kill()
            self.p.wait()
        os.close(self.r)
        os.close(self.w)
        shutil.rmtree(self.folder, ignore_errors=True)


class Page:
    def __init__(self, browser, target, session):
        self.b, self.target, self.session = browser, target, session

    def call(self, method, **params):
        return self.b.call(method, session=self.session, **params)

    def js(self, text):
        a = self.call("Runtime.evaluate", expression=text, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in a:
            raise RuntimeError(str(a["exceptionDetails"])[:500])
        return a["result"].get("value")

    def requests(self):
        """What was asked for since the page was opened, itself left out."""
        urls = [e["params"]["request"]["url"] for e in self.b.events
                if e.get("method") == "Network.requestWillBeSent" and e.get("sessionId") == self.session]
        return urls[1:] if urls else ["the page itself was not asked for"]

    def complaints(self):
        """Errors of scripts, and what a Content-Security-Policy stopped."""
        return [e["params"] for e in self.b.events if e.get("sessionId") == self.session
                and e.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded")]

    def picture(self, path):
        """Of the whole page."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        a = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                      clip={"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 12000), "scale": 1})
        with open(path, "wb") as f:
            f.write(base64.b64decode(a["data"]))

    def print(self, path, width, height):
        """On paper of that size in inches; the bytes of the PDF."""
        a = self.call("Page.printToPDF", paperWidth=width, paperHeight=height, preferCSSPageSize=False, printBackground=False,
                      marginTop=0.5, marginBottom=0.6, marginLeft=0.5, marginRight=0.5)
        data = base64.b64decode(a["data"])
        with open(path, "wb") as f:
            f.write(data)
        return data

    def close(self):
        self.b.call("Target.closeTarget", targetId=self.target)
