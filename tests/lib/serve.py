#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Git servers on this machine, for tests; as root or not, on free ports.

    serve.py http  ROOT [--auth USER:PASSWORD] [--cut N] [--moved URL]
    serve.py https ROOT [the same] [--expired]
    serve.py ssh   ROOT [--cut N]
    serve.py silent ROOT

ROOT holds bare repositories; `http` and `https` serve ROOT/hub.git as
URL/hub.git, ssh as URL/hub.git too. silent takes connections and never answers.

Besides, http and https have URL's siblings /forbidden (403), /broken (500) and,
with --moved, /moved, which redirects to that URL. --cut ends each connection
after N bytes of the server's. --expired: with a certificate of yesterday.
ssh wants an account that is not locked.

While there is a file ROOT/fault, https and ssh go wrong as its one line says:
    stall PHASE N    after N bytes of that phase the server says nothing more
    drop PHASE N     it hangs up there
    kill upload N    ssh alone: what receives the push is killed after N bytes of it
PHASE is listing (the branches), fetch (a pack), report (what became of a push), or
for stall also upload, where the server reads no more of a push.
Each time that it happened ROOT/fault.met grows by that line. A program
ROOT/before-push is run once before the listing for a push, while there is a fault.

On standard output come lines NAME='value' that a shell can read, READY=1 last:
    URL  what to put before /hub.git    PID  what to kill when done
    CA   for https, the authority       SSH  for ssh, the client's command
It stays in the foreground, and ends with its parent or with a signal; all that
it made is removed then. In a shell: serve.py … >"$file" &
"""
import argparse, getpass, os, re, select, shlex, shutil, signal, socket, ssl, subprocess, sys, tempfile, threading, time

BACKEND = "/usr/lib/git-core/git-http-backend"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def write(path, text, mode=0o600):
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


def run(*argv):
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


# ------------------------------------------------------------------- lighttpd

def lighttpd(tmp, root, auth, moved):
    port = free_port()
    broken = write(f"{tmp}/broken.sh", "#!/bin/sh\nprintf 'Status: 500 Broken\\r\\n\\r\\n'\n", 0o700)
    conf = f'''
server.modules = ("mod_access", "mod_alias", "mod_redirect", "mod_setenv", "mod_auth", "mod_authn_file", "mod_cgi")
server.bind = "127.0.0.1"
server.port = {port}
server.document-root = "{tmp}/www"
server.errorlog = "{tmp}/lighttpd.log"
server.upload-dirs = ("{tmp}")
url.redirect = ("^/moved/(.*)$" => "{moved}/$1")
alias.url = ("/git" => "{BACKEND}", "/broken" => "{broken}")
$HTTP["url"] =~ "^/forbidden" {{ url.access-deny = ("") }}
$HTTP["url"] =~ "^/(git|broken)/" {{
    cgi.assign = ("" => "")
    setenv.add-environment = ("GIT_PROJECT_ROOT" => "{root}", "GIT_HTTP_EXPORT_ALL" => "1",
        "HOME" => "{tmp}", "GIT_CONFIG_NOSYSTEM" => "1")
}}
'''
    if auth:
        users = write(f"{tmp}/users", auth + "\n")
        conf += f'''
auth.backend = "plain"
auth.backend.plain.userfile = "{users}"
auth.require = ("/git" => ("method" => "basic", "realm" => "hub", "require" => "valid-user"))
'''
    os.mkdir(f"{tmp}/www")
    # a request whose Content-Length is known is stored for the backend; the
    # repositories may belong to another user than the one who runs this
    write(f"{tmp}/.gitconfig", "[safe]\n\tdirectory = *\n[http]\n\treceivepack = true\n")
    p = subprocess.Popen(["lighttpd", "-D", "-f", write(f"{tmp}/lighttpd.conf", conf)],
                         stdin=subprocess.DEVNULL, stdout=sys.stderr)
    return port, p


# --------------------------------------------------------------------- faults

def before_push(fault):
    program = os.path.join(os.path.dirname(fault), "before-push")
    if os.path.exists(fault) and os.path.exists(program):
        os.rename(program, program + ".done")
        subprocess.run(["sh", program + ".done"], check=True, stdout=sys.stderr)


class Fault:
    """What ROOT/fault asks for, held against the bytes that one conversation passes on."""

    def __init__(self, root, phase=""):
        self.file, self.phase, self.n = f"{root}/fault", phase, 0

    def begin(self, phase):
        self.phase, self.n = phase, 0

    def asked(self, data):
        """A request of HTTP begins a phase."""
        if b"service=git-receive-pack" in data[:1000]:
            before_push(self.file)
        m = re.match(rb"(GET|POST) \S*(/info/refs|/git-upload-pack|/git-receive-pack)[? ]", data)
        if m:
            self.begin({b"/info/refs": "listing", b"/git-upload-pack": "fetch", b"/git-receive-pack": "report"}[m[2]])

    def passes(self, data):
        """What of the data may go on, and what to do then: None, stall, drop, kill."""
        try:
            with open(self.file) as f:
                what, phase, n = f.read().split()
        except (OSError, ValueError):
            what, phase, n = None, None, 0
        at, self.n = self.n, self.n + len(data)
        if phase != self.phase or self.n <= int(n):
            return data, None
        with open(self.file + ".met", "a") as f:
            f.write(f"{what} {phase} {n}\n")
        return data[:max(0, int(n) - at)], what


def await_hangup(fd):
    """Until the other side is gone; what it still says is not read."""
    p = select.poll()
    p.register(fd, select.POLLHUP | select.POLLERR | 0x2000)  # POLLRDHUP
    p.poll()


# ---------------------------------------------------------------------- proxy

def pump(client, port, cut, fault):
    """Carries one connection to the server at `port` and back."""
    server = socket.create_connection(("127.0.0.1", port))
    left, upload = cut, Fault(os.path.dirname(fault.file))
    try:
        while True:
            pending = getattr(client, "pending", lambda: 0)()
            ready = [client] if pending else select.select([client, server], [], [])[0]
            for s in ready:
                data, what = s.recv(16384), None
                if s is server and left is not None:
                    data, left = data[:left], left - len(data)
                if not data:
                    return
                if s is client:
                    fault.asked(data)
                    upload.begin("upload") if fault.phase == "report" and upload.phase != "upload" else None
                    data, what = upload.passes(data)
                else:
                    data, what = fault.passes(data)
                (server if s is client else client).sendall(data)
                if what == "stall" and s is client:
                    await_hangup(client.fileno())
                while what == "stall" and s is server and client.recv(16384):
                    pass
                if what or (left is not None and left <= 0):
                    return
    except OSError:
        pass
    finally:
        client.close()
        server.close()


def welcome(client, context, port, cut, root):
    try:
        if context:
            client = context.wrap_socket(client, server_side=True)
        pump(client, port, cut, Fault(root))
    except OSError:
        client.close()


def proxy(port, root, context=None, cut=None):
    """Stands before the server at `port`: TLS, and connections that are cut off."""
    listener = socket.create_server(("127.0.0.1", 0))

    def loop():
        while True:
            client, _ = listener.accept()
            threading.Thread(target=welcome, args=(client, context, port, cut, root), daemon=True).start()
    threading.Thread(target=loop, daemon=True).start()
    return listener.getsockname()[1]


def tls(tmp, expired):
    key, crt = f"{tmp}/tls.key", f"{tmp}/tls.crt"
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", crt)
    if expired:
        run("openssl", "x509", "-in", crt, "-signkey", key, "-days", "-1", "-out", crt + ".old")
        os.rename(crt + ".old", crt)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{tmp}/tls.crt", f"{tmp}/tls.key")
    return context


# ----------------------------------------------------------------------- sshd

def listing_end(seen):
    """Behind the first packet that has no length, or None."""
    at = 0
    while len(seen) >= at + 4:
        n = int(seen[at:at + 4], 16)
        if not n:
            return at + 4
        at += n
    return None


def answer(git, fault, after):
    """From git to the client, as far as the fault lets it; what is to be done then."""
    seen, end = b"", None
    fault.begin("listing")
    while data := os.read(git.stdout.fileno(), 16384):
        parts = [(fault.phase, data)]
        if end is None:
            seen += data
            end = listing_end(seen)
            if end is not None:
                first = len(data) - (len(seen) - end)
                parts = [("listing", data[:first]), (after, data[first:])]
        for phase, part in parts:
            if phase != fault.phase:
                fault.begin(phase)
            part, what = fault.passes(part)
            os.write(1, part)
            if what:
                return what
    return None


def upload(git, fault):
    """From the client to git, which may be killed on the way."""
    while data := os.read(0, 16384):
        data, what = fault.passes(data)
        try:
            git.stdin.write(data)
        except OSError:
            pass
        if what == "stall":
            await_hangup(0)
        if what:
            git.kill()
    git.stdin.close()


def session(root):
    """One conversation of ssh while something is to go wrong: stands before git."""
    command = os.environ["SSH_ORIGINAL_COMMAND"]
    push = "receive-pack" in command
    if push:
        before_push(f"{root}/fault")
    git = subprocess.Popen(["sh", "-c", "exec " + command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    up = threading.Thread(target=upload, args=(git, Fault(root, "upload" if push else "")), daemon=True)
    up.start()
    what = answer(git, Fault(root), "report" if push else "fetch")
    if what == "stall":
        up.join()  # until the client has had enough
    if what and not push:
        git.kill()
    status = git.wait()
    with open(f"/proc/{os.getppid()}/comm") as f:
        if what == "drop" and f.read().startswith("sshd"):
            os.kill(os.getppid(), signal.SIGKILL)
    os._exit(status & 255)


def sshd(tmp, root):
    port = free_port()
    for key in "host", "user":
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{tmp}/{key}")
    shutil.copy(f"{tmp}/user.pub", f"{tmp}/authorized")
    if os.geteuid() == 0:
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
    conf = f'''
ListenAddress 127.0.0.1
Port {port}
HostKey {tmp}/host
PidFile none
AuthorizedKeysFile {tmp}/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
PermitUserRC no
# a quick one: the tests make hundreds of connections
KexAlgorithms curve25519-sha256
ForceCommand if [ -e {root}/fault ]; then exec python3 {os.path.realpath(__file__)} session {root}; else exec sh -c "$SSH_ORIGINAL_COMMAND"; fi
'''
    p = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", write(f"{tmp}/sshd.conf", conf)],
                         stdin=subprocess.DEVNULL, stdout=sys.stderr)
    return port, p


def ssh_command(tmp, port):
    with open(f"{tmp}/host.pub") as f:
        write(f"{tmp}/known", f"[127.0.0.1]:{port} {f.read()}")
    return (f"ssh -F /dev/null -i {tmp}/user -oIdentitiesOnly=yes -oStrictHostKeyChecking=yes "
            f"-oUserKnownHostsFile={tmp}/known -oGlobalKnownHostsFile=/dev/null")


# ----------------------------------------------------------------------- main

def await_port(port, child):
    for _ in range(200):
        if child and child.poll() is not None:
            sys.exit("serve.py: the server ended at once")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit("serve.py: the server did not come up")


def start(a, tmp):
    """The lines to print, and the server process or None."""
    child, out = None, {}
    if a.kind == "silent":
        a.keep = socket.create_server(("127.0.0.1", 0))
        return {"URL": f"http://127.0.0.1:{a.keep.getsockname()[1]}"}, None
    if a.kind == "ssh":
        port, child = sshd(tmp, a.root)
        await_port(port, child)
        if a.cut is not None:
            port = proxy(port, a.root, None, a.cut)
        out["SSH"] = ssh_command(tmp, port)
        out["URL"] = f"ssh://{getpass.getuser()}@127.0.0.1:{port}{a.root}"
        return out, child
    port, child = lighttpd(tmp, a.root, a.auth, a.moved)
    await_port(port, child)
    if a.kind == "https":
        port = proxy(port, a.root, tls(tmp, a.expired), a.cut)
        out["CA"] = f"{tmp}/tls.crt"
    elif a.cut is not None:
        port = proxy(port, a.root, None, a.cut)
    out["URL"] = f"{a.kind}://127.0.0.1:{port}/git"
    return out, child


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("kind", choices=["http", "https", "ssh", "silent", "session"])
    ap.add_argument("root", type=os.path.realpath)
    ap.add_argument("--auth")
    ap.add_argument("--cut", type=int)
    ap.add_argument("--expired", action="store_true")
    ap.add_argument("--moved", default="http://127.0.0.1:1")
    a = ap.parse_args()
    if a.kind == "session":
        session(a.root)
    parent, child, tmp = os.getppid(), None, tempfile.mkdtemp(prefix="serve-")
    for s in signal.SIGTERM, signal.SIGINT, signal.SIGHUP:
        signal.signal(s, lambda *_: sys.exit(0))
    try:
        out, child = start(a, tmp)
        for name, value in {**out, "PID": os.getpid(), "READY": 1}.items():
            print(f"{name}={shlex.quote(str(value))}", flush=True)
        while os.getppid() == parent and (child is None or child.poll() is None):
            time.sleep(0.1)
    finally:
        if child:
            child.terminate()
            child.wait()
        shutil.rmtree(tmp, ignore_errors=True)


main()
