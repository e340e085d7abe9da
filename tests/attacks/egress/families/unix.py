"""Sockets of the host's services, by path and by name: each takes words from a program and does things with them."""

import os
import socket

from inside import Family

family = Family("unix", __doc__, jail=True, control=("public.test", "/pub/"))
PATHS = {"docker": "/run/docker.sock", "docker-var": "/var/run/docker.sock", "containerd": "/run/containerd/containerd.sock", "podman": "/run/podman/podman.sock",
         "system-bus": "/run/dbus/system_bus_socket", "nscd": "/run/nscd/socket", "nscd-var": "/var/run/nscd/socket",
         "resolved": "/run/systemd/resolve/io.systemd.Resolve", "journal": "/run/systemd/journal/stdout", "notify": "/run/systemd/notify",
         "session-bus": "$XDG_RUNTIME_DIR/bus", "gpg-agent": "$XDG_RUNTIME_DIR/gnupg/S.gpg-agent", "keyring": "$XDG_RUNTIME_DIR/keyring/control",
         "wayland": "$XDG_RUNTIME_DIR/wayland-0", "own": "$XDG_RUNTIME_DIR/seldom/other.sock", "gpg-home": "$HOME/.gnupg/S.gpg-agent",
         "ssh-agent": "$HOME/.ssh/agent.sock", "agent-control": "$HOME/.cache/agent/control.sock", "host-tmp": "/tmp/$ABSTRACT.sock"}


def connect(t, address, kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_UNIX, kind) as s:
        s.settimeout(2)
        s.connect(address)
        s.sendall(t.mark.encode())


for word, path in PATHS.items():
    family.add(word, "bytes", lambda t, p=path: connect(t, os.path.expandvars(p)))


@family.attack("bytes")
def abstract(t):
    connect(t, "\0" + os.environ["ABSTRACT"])


@family.attack("bytes")
def abstract_datagram(t):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.sendto(t.mark.encode(), "\0" + os.environ["ABSTRACT"] + "-d")


@family.attack("bytes")
def by_descriptor(t):
    """The same through /proc, past its name."""
    fd = os.open("/run/docker.sock", os.O_PATH)
    connect(t, f"/proc/self/fd/{fd}")


@family.attack("bytes")
def by_link(t):
    os.symlink("/run/docker.sock", os.path.join(os.environ["P"], "s-" + t.mark[:6]))
    connect(t, os.path.join(os.environ["P"], "s-" + t.mark[:6]))
