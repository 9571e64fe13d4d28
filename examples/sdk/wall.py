"""Several Vizys at a glance: a line whenever one of them changes, for the screen on the wall.

python wall.py http://vizy.local http://greenhouse.local
"""

import asyncio
import sys

from vizy import AsyncVizy
from vizy.state import DeviceState


def line_of(state: DeviceState) -> str:
    """Say in a line how a camera does."""
    running = sum(not job.has_ended for job in state.jobs)
    warned = "; ".join(warning.text for warning in state.warnings)
    return (
        f"{state.camera.status}, {state.streaming.readers} watching, {running} jobs, "
        f"{state.captures.count} captures {warned}"
    )


async def show(address: str) -> None:
    """Follow one Vizy; it connects again by itself."""
    shown = ""
    async with AsyncVizy(address) as vizy:
        async for state in vizy.camera.watch(lambda reason: print(f"{address}: {reason}")):
            if line_of(state) != shown:
                shown = line_of(state)
                print(f"{address}: {shown}", flush=True)


async def main() -> None:
    """Follow all of them until Ctrl-C."""
    await asyncio.gather(*(show(address) for address in sys.argv[1:]))


if __name__ == "__main__":
    asyncio.run(main())
