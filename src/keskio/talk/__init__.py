"""Two-way dialogues: definitions, enrolments, the runner, the ledger of messages, offers."""
