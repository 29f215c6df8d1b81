"""E-mail: out by SMTP, in by LMTP, SMTP or IMAP, and understanding what came in."""
