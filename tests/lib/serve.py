#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Git servers on this machine, for tests; as root or not, on free ports.

    serve.py http  ROOT [--auth USER:PASSWORD] [--cut N] [--moved URL]
    serve.py https ROOT [the same]
    serve.py ssh   ROOT [--cut N]
    serve.py silent ROOT

ROOT holds bare repositories; `http` and `https` serve ROOT/hub.git as
URL/hub.git, ssh as URL/hub.git too. silent takes connections and never answers.

Besides, http and https have URL's siblings /forbidden (403), /broken (500) and,
with --moved, /moved, which redirects to that URL. --cut ends each connection
after N bytes of the server's. ssh wants an account that is not locked.

On standard output come lines NAME='value' that a shell can read, READY=1 last:
    URL  what to put before /hub.git    PID  what to kill when done
    CA   for https, the authority       SSH  for ssh, the client's command
It stays in the foreground, and ends with its parent or with a signal; all that
it made is removed then. In a shell: serve.py … >"$file" &
"""
import argparse, getpass, os, select, shlex, shutil, signal, socket, ssl, subprocess, sys, tempfile, threading, time

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


# ---------------------------------------------------------------------- proxy

def pump(client, port, cut):
    """Carries one connection to the server at `port` and back."""
    server = socket.create_connection(("127.0.0.1", port))
    left = cut
    try:
        while True:
            pending = getattr(client, "pending", lambda: 0)()
            ready = [client] if pending else select.select([client, server], [], [])[0]
            for s in ready:
                data = s.recv(16384)
                if s is server and left is not None:
                    data, left = data[:left], left - len(data)
                if not data:
                    return
                (server if s is client else client).sendall(data)
                if left is not None and left <= 0:
                    return
    except OSError:
        pass
    finally:
        client.close()
        server.close()


def welcome(client, context, port, cut):
    try:
        if context:
            client = context.wrap_socket(client, server_side=True)
        pump(client, port, cut)
    except OSError:
        client.close()


def proxy(port, context=None, cut=None):
    """Stands before the server at `port`: TLS, and connections that are cut off."""
    listener = socket.create_server(("127.0.0.1", 0))

    def loop():
        while True:
            client, _ = listener.accept()
            threading.Thread(target=welcome, args=(client, context, port, cut), daemon=True).start()
    threading.Thread(target=loop, daemon=True).start()
    return listener.getsockname()[1]


def tls(tmp):
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1",
        "-keyout", f"{tmp}/tls.key", "-out", f"{tmp}/tls.crt")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{tmp}/tls.crt", f"{tmp}/tls.key")
    return context


# ----------------------------------------------------------------------- sshd

def sshd(tmp):
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
        port, child = sshd(tmp)
        await_port(port, child)
        if a.cut is not None:
            port = proxy(port, None, a.cut)
        out["SSH"] = ssh_command(tmp, port)
        out["URL"] = f"ssh://{getpass.getuser()}@127.0.0.1:{port}{a.root}"
        return out, child
    port, child = lighttpd(tmp, a.root, a.auth, a.moved)
    await_port(port, child)
    if a.kind == "https":
        port = proxy(port, tls(tmp), a.cut)
        out["CA"] = f"{tmp}/tls.crt"
    elif a.cut is not None:
        port = proxy(port, None, a.cut)
    out["URL"] = f"{a.kind}://127.0.0.1:{port}/git"
    return out, child


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("kind", choices=["http", "https", "ssh", "silent"])
    ap.add_argument("root", type=os.path.realpath)
    ap.add_argument("--auth")
    ap.add_argument("--cut", type=int)
    ap.add_argument("--moved", default="http://127.0.0.1:1")
    a = ap.parse_args()
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
