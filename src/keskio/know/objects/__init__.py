"""What customers have: cars, orders, contracts, appointments, and their dates."""
