"""The kinds of sources, each in modules of its own name. None knows another; `registry` knows them all."""
