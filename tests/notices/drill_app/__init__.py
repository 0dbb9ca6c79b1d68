"""An app of the processes that tests start: it brings the drill's rule, and shorter leases."""
