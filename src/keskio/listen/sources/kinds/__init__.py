"""The kinds of sources, a module each. None knows another; `registry` knows them all."""
