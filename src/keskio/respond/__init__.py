"""Work for people: tasks with deadlines and results."""
