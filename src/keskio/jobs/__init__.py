"""Background work behind one interface: leases, the worker's loop, waking up."""
