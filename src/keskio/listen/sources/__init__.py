"""Sources of public messages: their accounts, cursors, back-off and health."""
