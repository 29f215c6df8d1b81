"""The gallery of playbooks: choose one, answer its questions, get a draft."""
