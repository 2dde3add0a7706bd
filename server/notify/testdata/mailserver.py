"""A mail server for tests: aiosmtpd with TLS and a password.

Prints the port it listens on, and then a line of JSON for each mail that it takes.
Arguments: certificate, key, "starttls" or "implicit".
"""
import json
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        print(json.dumps({
            "from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None or implicit,
            "signedIn": bool(session.authenticated), "data": envelope.content.decode(),
        }), flush=True)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=data.login == b"user" and data.password == b"s3cr3t pass", handled=False)


implicit = sys.argv[3] == "implicit"
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
tls = {"ssl_context": context} if implicit else {"tls_context": context, "require_starttls": True}
c = Controller(Handler(), hostname="127.0.0.1", port=int(sys.argv[4]), authenticator=authenticate, auth_required=True, auth_require_tls=not implicit, **tls)
c.start()
print("ready", flush=True)
sys.stdin.read()
c.stop()
