"""The keskio command: thin verbs over the rooms' doors."""
