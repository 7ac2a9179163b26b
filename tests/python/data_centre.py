"""A data centre of Telegram, as far as a proxy and a client need one: says its port, answers req_pq_multi with resPQ, and
sends every other message back."""

import asyncio
import os
import struct

from Crypto.Cipher import AES
from Crypto.Util import Counter

REQ_PQ_MULTI, RES_PQ, VECTOR = 0xBE7E8EF1, 0x05162463, 0x1CB5C415


def cipher(key, iv):
    return AES.new(key, AES.MODE_CTR, counter=Counter.new(128, initial_value=int.from_bytes(iv, "big")))


def res_pq(message):
    nonce = message[24:40]
    body = struct.pack("<I", RES_PQ) + nonce + os.urandom(16)
    body += b"\x08" + bytes.fromhex("17ED48941A08F981") + b"\0\0\0"
    body += struct.pack("<IIQ", VECTOR, 1, 0xD09D1D85DE64FD85)
    return b"\0" * 8 + struct.pack("<qI", (int.from_bytes(message[8:16], "little") | 1), len(body)) + body


def answer(message):
    is_plain = message[:8] == b"\0" * 8
    if is_plain and len(message) >= 40 and struct.unpack("<I", message[20:24])[0] == REQ_PQ_MULTI:
        return res_pq(message)
    return message


async def serve(reader, writer):
    try:
        init = await reader.readexactly(64)
        back = init[8:56][::-1]
        up, down = cipher(init[8:40], init[40:56]), cipher(back[:32], back[32:])
        assert up.decrypt(init)[56:60] == b"\xdd" * 4, "not the padded intermediate transport"
        while True:
            (length,) = struct.unpack("<I", up.decrypt(await reader.readexactly(4)))
            message = up.decrypt(await reader.readexactly(length & 0x7FFFFFFF))
            said = answer(message)
            writer.write(down.encrypt(struct.pack("<I", len(said)) + said))
            await writer.drain()
    except asyncio.IncompleteReadError:
        writer.write_eof()
    except ConnectionError:
        pass
    writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
