"""The simulator: a real SMS gateway and mail server whose phones and mailboxes are only pages.

It knows Keskiö only by HTTP, SMTP and LMTP, as any gateway would, and keeps its own file. People
can answer as any phone; scripted phones answer by themselves, always the same for the same seed.
"""
