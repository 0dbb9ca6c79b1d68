"""A message broker in a folder, for a portal without Redis.

kombu's own filesystem transport writes a message in place, so a reader may take half of it,
and moves files through the system's temporary folder. Here a message appears in its folder
and leaves it by one rename on the same disk.
"""

import uuid
from pathlib import Path
from queue import Empty
from time import time

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):
    def _put(self, queue, payload, **kwargs):
        name = f"{int(time() * 1000):015d}_{uuid.uuid4().hex}.{queue}.msg"
        part = Path(self.control_folder, name)
        part.write_text(dumps(payload), encoding="utf-8")
        part.rename(Path(self.data_folder_out, name))

    def _get(self, queue):
        for waiting in sorted(Path(self.data_folder_in).glob(f"*.{queue}.msg")):
            mine = Path(self.control_folder, f"{waiting.name}.taken")
            try:
                waiting.rename(mine)
            except FileNotFoundError:  # another worker was faster
                continue
            payload = loads(mine.read_text(encoding="utf-8"))
            mine.unlink()
            return payload
        raise Empty


class Transport(filesystem.Transport):
    Channel = Channel
