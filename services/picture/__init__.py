"""A project on one page: where each thing of it stands, in units of SVG. Pure: of facts that the
page has read for its reader.

Each part is as wide as a phone, so that its words can be read there; a desk and a sheet of A4 put
the parts side by side.
"""

from services.picture.boxes import flow, sums
from services.picture.facts import Asked, Facts, Given, Point, Sum
from services.picture.timeline import standing, time_line

__all__ = ["Asked", "Facts", "Given", "Point", "Sum", "flow", "standing", "sums", "time_line"]
