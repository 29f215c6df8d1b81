"""The desk: the pages at which people answer, with snippets, macros, presence and suggestions."""
