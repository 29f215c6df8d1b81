"""The channel `social`: answers to public messages, by Mastodon and Bluesky."""
