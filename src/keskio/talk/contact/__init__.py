"""Rules of contact, who wins when dialogues compete, what people themselves have sent."""
