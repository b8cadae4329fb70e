"""The listener of openlineage-prefect, as its documentation starts it."""

import asyncio

from openlineage_prefect.prefect_adapter.listener import PrefectOpenLineageListener

asyncio.run(PrefectOpenLineageListener().collect_and_process_runs())
