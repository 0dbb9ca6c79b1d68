"""What never stands in a log, whoever writes the line."""

import logging
import re

# The address of a calendar is its key: whoever reads it in a log could read the calendar.
SECRET_ADDRESS = re.compile(r"(/feeds/)[^/\s?\"']+?(\.ics)")


class WithoutSecrets(logging.Filter):
    """Takes the token of a calendar out of the addresses in a line."""

    def filter(self, record):
        said = record.getMessage()
        kept = SECRET_ADDRESS.sub(r"\1***\2", said)
        if kept != said:
            record.msg, record.args = kept, ()
        return True
