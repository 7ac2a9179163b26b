"""A DNS server over HTTPS (RFC 8484) for which every name has one address: doh.py PORT CERTIFICATE KEY ADDRESS.

Says each name that it is asked for.
"""

import http.server
import ipaddress
import ssl
import sys

PORT, CERTIFICATE, KEY, ADDRESS = sys.argv[1:]
HEADER = 12
A = b"\x00\x01"


class Questions(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        question = self.rfile.read(int(self.headers["Content-Length"]))
        at, labels = HEADER, []
        while length := question[at]:
            labels.append(question[at + 1 : at + 1 + length].decode())
            at += 1 + length
        end = at + 5
        is_a = question[at + 1 : at + 3] == A
        answer = question[:2] + b"\x81\x80\x00\x01" + (b"\x00\x01" if is_a else b"\x00\x00") + bytes(4)
        answer += question[HEADER:end]
        if is_a:
            # A pointer to the question's name, A, IN, for a minute, four bytes.
            answer += b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04" + ipaddress.IPv4Address(ADDRESS).packed
        print("asked for", ".".join(labels), flush=True)
        self.send_response(200)
        self.send_header("Content-Type", "application/dns-message")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(PORT)), Questions)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
server.socket = context.wrap_socket(server.socket, server_side=True)
print("ready", flush=True)
server.serve_forever()
