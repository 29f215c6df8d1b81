"""Views of the pages that belong to no other room: home, signing in, one's account, users, errors."""
