"""Postfix and Dovecot from their Debian packages, with a private configuration on this machine.

Postfix takes letters with STARTTLS and puts those for example.com and example.org into Maildirs;
letters for keskio.example go on to Keskiö's receiver by LMTP. Nothing leaves the machine. Both need
root to start.
"""

from __future__ import annotations

import os
import pwd
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

import msgspec

from tests.channels.kannel_server import free_ports

PASSWORD = "hush hush"
MAILBOXES = {
    "vastaus@example.com": "vastaus",
    "palautus@example.com": "vastaus",
    "aino@example.org": "aino",
    "eero@example.org": "eero",
    "siiri@example.org": "siiri",
}


def missing() -> str:
    """Say what is missing to run the servers ("" when nothing is)."""
    path = "/usr/sbin:/usr/bin:/usr/local/sbin"
    gone = [name for name in ("postfix", "dovecot", "openssl") if not shutil.which(name, path=path)]
    if gone:
        return f"not installed: {', '.join(gone)}"
    return "" if os.geteuid() == 0 else "Postfix starts as root only"


class Servers(msgspec.Struct, frozen=True):
    """Where the servers listen. `strict_port` refuses unknown recipients at once."""

    folder: Path
    smtp_port: int
    strict_port: int
    imap_port: int
    certificate: Path

    def letters_of(self, mailbox: str, *, count: int) -> list[Message]:
        """Return the letters in a mailbox once there are `count`."""
        new = self.folder / "mail" / mailbox / "new"
        deadline = time.monotonic() + 120
        while len(files := sorted(new.glob("*")) if new.exists() else []) < count:
            assert time.monotonic() < deadline, f"{len(files)} of {count} letters for {mailbox}"
            time.sleep(0.05)
        return [BytesParser().parsebytes(file.read_bytes()) for file in files]

    def post(self, sender: str, to: str, letter: bytes) -> None:
        """Post a letter as anybody in the world could."""
        with smtplib.SMTP("127.0.0.1", self.smtp_port) as server:
            server.sendmail(sender, [to], letter)


@contextmanager
def mail_servers(*, lmtp_port: int) -> Iterator[Servers]:
    """Run both servers until the end."""
    folder = Path(tempfile.mkdtemp(prefix="keskio-mail-"))
    folder.chmod(0o755)
    smtp, strict, imap = free_ports(3)
    servers = Servers(folder, smtp, strict, imap, folder / "cert.pem")
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        _make_certificate(folder)
        (folder / "mail").mkdir()
        shutil.chown(folder / "mail", "mail", "mail")
        _start_postfix(servers, lmtp_port, stack)
        _start_dovecot(servers, stack)
        for port in (smtp, strict, imap):
            _wait_for(port)
        yield servers


def _make_certificate(folder: Path) -> None:
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
        " -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
    )
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)


def _start_postfix(servers: Servers, lmtp_port: int, stack: ExitStack) -> None:
    folder = servers.folder
    conf = folder / "postfix"
    for name in ("postfix", "queue", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    owner = pwd.getpwnam("mail")
    maps = "\n".join(f"{address} {box}/" for address, box in MAILBOXES.items())
    (conf / "mailboxes").write_text(maps + "\n")
    (conf / "transport").write_text(f"keskio.example lmtp:inet:127.0.0.1:{lmtp_port}\n")
    (conf / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.example.com
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_reject_unlisted_recipient = no
virtual_mailbox_domains = example.com, example.org
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{conf}/mailboxes
virtual_minimum_uid = 1
virtual_uid_maps = static:{owner.pw_uid}
virtual_gid_maps = static:{owner.pw_gid}
relay_domains = keskio.example
transport_maps = texthash:{conf}/transport
default_transport = error:nothing leaves this machine
recipient_delimiter = +
alias_maps =
alias_database =
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
smtpd_tls_cert_file = {folder}/cert.pem
smtpd_tls_key_file = {folder}/key.pem
smtpd_tls_security_level = may
""")
    (conf / "master.cf").write_text(f"""
127.0.0.1:{servers.smtp_port} inet n - n - - smtpd
127.0.0.1:{servers.strict_port} inet n - n - - smtpd -o smtpd_reject_unlisted_recipient=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
smtp unix - - n - - smtp
relay unix - - n - - smtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
""")
    stack.callback(
        subprocess.run, ["/usr/sbin/postfix", "-c", str(conf), "stop"], capture_output=True
    )
    subprocess.run(["/usr/sbin/postfix", "-c", str(conf), "start"], check=True, capture_output=True)


def _start_dovecot(servers: Servers, stack: ExitStack) -> None:
    folder = servers.folder
    owner = pwd.getpwnam("mail")
    (folder / "users").write_text(f"vastaus:{{PLAIN}}{PASSWORD}::::::\n")
    configuration = folder / "dovecot.conf"
    configuration.write_text(f"""
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/dovecot
state_dir = {folder}/dovecot-state
log_path = {folder}/dovecot.log
ssl = required
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
mail_location = maildir:{folder}/mail/%n
first_valid_uid = 1
first_valid_gid = 1
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={owner.pw_uid} gid={owner.pw_gid} home={folder}/mail/%n
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {servers.imap_port}
    ssl = yes
  }}
}}
""")
    process = subprocess.Popen(
        ["/usr/sbin/dovecot", "-F", "-c", str(configuration)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    stack.callback(process.wait, 10)
    stack.callback(process.terminate)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < deadline, f"nothing listens on {port}"
            time.sleep(0.05)
        else:
            return
