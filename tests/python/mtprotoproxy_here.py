"""mtprotoproxy with data centres on this computer, and without the questions that it asks the internet at its start:
mtprotoproxy_here.py CONFIG DATA_CENTRE_PORT."""

import asyncio
import importlib.util
import shutil
import sys

config, data_centre = sys.argv[1], int(sys.argv[2])
program = shutil.which("mtprotoproxy.py", path=sys.prefix + "/bin")
spec = importlib.util.spec_from_file_location("mtprotoproxy", program)
proxy = importlib.util.module_from_spec(spec)
spec.loader.exec_module(proxy)
# It is older than the Python that runs it.
asyncio.streams.IncompleteReadError = asyncio.IncompleteReadError
sys.argv = ["mtprotoproxy", config]
proxy.init_config()
proxy.my_ip_info.update(ipv4="127.0.0.1", ipv6=None)
proxy.TG_DATACENTERS_V4 = ["127.0.0.1"] * 5
proxy.TG_DATACENTER_PORT = data_centre
proxy.init_stats()


async def main():
    server = await asyncio.start_server(
        proxy.handle_client_wrapper, "127.0.0.1", proxy.config.PORT, limit=proxy.get_to_tg_bufsize()
    )
    print("listening", flush=True)
    await server.serve_forever()


asyncio.run(main())
