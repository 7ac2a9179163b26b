"""Telegram, as far as the tests need it: telegram_client.py LINK ask | carry BYTES.

`ask` does with Telethon what every client does first, and prints what came back and whether it answers the question. `carry`
sends so many bytes in messages and prints the SHA-256 of what was sent and of what came back.
"""

import asyncio
import collections
import hashlib
import logging
import os
import struct
import sys
import urllib.parse

from Crypto.Cipher import AES
from Crypto.Util import Counter
from telethon.network import MTProtoPlainSender
from telethon.network.connection import ConnectionTcpMTProxyRandomizedIntermediate
from telethon.tl.functions import ReqPqMultiRequest

query = urllib.parse.parse_qs(urllib.parse.urlsplit(sys.argv[1]).query)
host, port, secret = query["server"][0], int(query["port"][0]), query["secret"][0]
loggers = collections.defaultdict(lambda: logging.getLogger("telethon"))


async def ask():
    connection = ConnectionTcpMTProxyRandomizedIntermediate(
        "192.0.2.1", 443, 2, loggers=loggers, proxy=(host, port, secret)
    )
    await connection.connect(timeout=60)
    nonce = int.from_bytes(os.urandom(16), "big", signed=True)
    answer = await asyncio.wait_for(MTProtoPlainSender(connection, loggers=loggers).send(ReqPqMultiRequest(nonce)), 60)
    print(type(answer).__name__, answer.nonce == nonce)
    await connection.disconnect()


def cipher(key, iv, shared):
    key = hashlib.sha256(key + shared).digest()
    return AES.new(key, AES.MODE_CTR, counter=Counter.new(128, initial_value=int.from_bytes(iv, "big")))


async def carry(count):
    shared = bytes.fromhex(secret)[-16:]
    reader, writer = await asyncio.open_connection(host, port)
    init = bytearray(b"\x01" + os.urandom(63))
    init[56:62] = b"\xdd" * 4 + struct.pack("<h", -2)
    back = bytes(init[8:56][::-1])
    up, down = cipher(bytes(init[8:40]), bytes(init[40:56]), shared), cipher(back[:32], back[32:], shared)
    writer.write(bytes(init[:56]) + up.encrypt(bytes(init))[56:])
    sent, heard = hashlib.sha256(), hashlib.sha256()

    async def say():
        left = count
        while left:
            message = b"\x01" * 8 + os.urandom(min(left, 65536 - 8))
            left -= len(message) - 8
            sent.update(message)
            writer.write(up.encrypt(struct.pack("<I", len(message)) + message))
            await writer.drain()

    async def hear():
        left = count
        while left:
            (length,) = struct.unpack("<I", down.decrypt(await reader.readexactly(4)))
            message = down.decrypt(await reader.readexactly(length))
            if left == count:
                print("carrying", file=sys.stderr, flush=True)
            left -= len(message) - 8
            heard.update(message)

    await asyncio.wait_for(asyncio.gather(say(), hear()), 100 + count // 1_000_000)
    print(sent.hexdigest(), heard.hexdigest())


asyncio.run(ask() if sys.argv[2] == "ask" else carry(int(sys.argv[3])))
